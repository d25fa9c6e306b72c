// A whole form: its fields, its buttons, where its answers come from and go. Shared by the notebook and the exported pages.
import { draw, el } from './champs.js';

// options: { form, values, title, changed(values), choices(kind), actions: [{ name, label, run, main, pressed }] }
export function drawForm({ form, values, title, changed, choices, actions }) {
  const said = el('p', { className: 'dk-cache', 'aria-live': 'polite' });
  const fields = form.fields.map(field => {
    const key = form.shape === 'rows' ? 'rows' : form.fields.length === 1 && form.shape === 'list' ? 'list' : field.key;
    return draw(field, {
      get: () => values[key],
      set: value => {
        values[key] = value;
        changed(values);
      },
      choices,
      say: text => (said.textContent = text)
    });
  });
  const meanings = form.meanings
    ? el('ul', { className: 'dk-sens' }, ...form.meanings.map(([word, text]) => el('li', {}, el('strong', { textContent: word }), ` : ${text}`)))
    : null;
  const node = el('form', { className: 'dk dk-forme', 'aria-label': title, noValidate: true }, meanings, ...fields, said);
  const bar = buttons(actions);
  node.append(bar);
  node.addEventListener('submit', event => {
    event.preventDefault();
    actions.find(a => a.main)?.run();
  });
  return node;
}

export function buttons(actions) {
  return el(
    'p',
    { className: 'dk-boutons' },
    ...actions.map(({ label, run, main, name }) =>
      el('button', {
        type: main ? 'submit' : 'button',
        className: main ? '' : 'dk-second',
        textContent: label,
        'data-dk': name,
        onclick: main ? undefined : run
      })
    )
  );
}
