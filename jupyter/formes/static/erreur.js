// An error, as a person reads it: one sentence; Python's own words folded under it (datakit/course/mishaps.py sends both).
import { el } from './champs.js';

const DETAILS = 'Le détail, tel que Python le dit :';

export function renderError(Widget) {
  const widget = new Widget();
  widget.addClass('dk');
  widget.addClass('dk-arret');
  widget.renderModel = async model => {
    const error = model.data['application/vnd.jupyter.error'];
    const lines = error.traceback.join('\n') || `${error.ename} : ${error.evalue}`;
    const [said, details] = lines.split(DETAILS);
    const sentence = el('p', { className: 'dk-erreur' });
    sentence.append(...said.trim().split('\n').flatMap((line, i) => (i ? [el('br'), line] : [line])));
    widget.node.replaceChildren(sentence);
    if (details)
      widget.node.append(el('details', { className: 'dk-erreur' }, el('summary', { textContent: 'Voir le détail' }), el('pre', { lang: 'en', textContent: details.trim() })));
  };
  return widget;
}
