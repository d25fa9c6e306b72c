// An exported page, alone in a browser: its exercises are answered and checked here, what is answered is kept by the browser.
import { el } from './champs.js';
import { drawForm } from './forme.js';
import { verdict } from './verdict.js';

const LABELS = { non_tente: 'non tenté ○', pas_encore: 'pas encore …', juste: 'juste ✔', note: 'noté ✎' };
const store = {
  get: name => {
    try {
      return JSON.parse(localStorage.getItem(`datakit:${name}`));
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      localStorage.setItem(`datakit:${name}`, JSON.stringify(value));
    } catch {
      /* a browser that keeps nothing still answers */
    }
  }
};

const paragraphs = text =>
  text.split('\n\n').map(part => {
    if (part.startsWith('    ')) return el('pre', { textContent: part.replace(/^ {4}/gm, '') });
    const node = el('p');
    part.split('\n').forEach((line, i) => {
      if (i) node.append(el('br'));
      line.split(/(\*\*[^*]+\*\*|`[^`]+`)/).forEach(piece => {
        const marked = /^\*\*(.+)\*\*$/.exec(piece) || /^`(.+)`$/.exec(piece);
        node.append(marked ? el(piece[0] === '*' ? 'strong' : 'code', { textContent: marked[1] }) : piece);
      });
    });
    return node;
  });

function exercise(place, data, changed) {
  const kept = store.get(data.id) || {};
  const state = { values: kept.values || {}, outcome: kept.outcome, hints: 0 };
  const result = el('div', { role: 'status', className: 'dk-verdict' });
  const help = el('div', { 'aria-live': 'polite' });
  const keep = () => {
    store.set(data.id, { values: state.values, outcome: state.outcome });
    changed();
  };
  const show = (title, text, into, name) => into.replaceChildren(el('div', { className: name }, el('p', {}, el('strong', { textContent: title })), ...paragraphs(text)));
  const check = () => {
    const found = verdict(data, state.values);
    state.outcome = found.outcome;
    show(`${data.id} · ${LABELS[found.outcome]}`, found.message, result, 'dk-aide');
    keep();
  };
  const draw = () => {
    const node = drawForm({
      form: data.form,
      title: `Réponse de ${data.id}`,
      values: state.values,
      changed: keep,
      choices: async () => data.pictures || [],
      actions: [
        { label: 'Vérifier', main: true, name: 'verifier', run: check },
        { label: 'Un indice', name: 'indice', run: () => {
          state.hints = Math.min(state.hints + 1, data.hints.length);
          show(`${data.id} · indice ${state.hints} sur ${data.hints.length}`, data.hints[state.hints - 1], help, 'dk-aide');
        } },
        { label: 'La solution', name: 'solution', run: () => show(`${data.id} · solution`, data.solution, help, 'dk-aide') },
        { label: 'Remettre cet exercice', name: 'remettre', run: () => {
          if (!confirm(`Remettre ${data.id} comme au début ? Votre réponse sera effacée.`)) return;
          Object.assign(state, { values: {}, outcome: undefined });
          result.replaceChildren();
          draw();
          keep();
        } }
      ]
    });
    place.replaceChildren(node, el('div', { className: 'dk' }, help, result));
  };
  draw();
  return () => ['juste', 'note'].includes(state.outcome);
}

function bet(place) {
  const { id, options, question } = JSON.parse(place.dataset.pari);
  const result = place.nextElementSibling;
  const values = { pari: store.get(`pari:${id}`) ?? undefined };
  const open = () => (result.open = true);
  if (values.pari) open();
  if (!options.length) return;
  place.append(
    drawForm({
      form: { shape: 'value', fields: [{ key: 'pari', kind: 'choix', text: 'Votre pari', options: options.map(o => [o, o[0].toUpperCase() + o.slice(1)]) }] },
      title: `Votre pari : ${question}`,
      values,
      changed: () => {
        store.set(`pari:${id}`, values.pari);
        open();
      },
      actions: []
    })
  );
}

const source = document.getElementById('dk-data');
const all = source ? JSON.parse(source.textContent) : [];
const lines = document.querySelectorAll('.dk-progres');
const done = [];
const tell = () => {
  const count = done.filter(test => test()).length;
  const said = all.length ? `${count} sur ${all.length} ${all.length > 1 ? 'exercices faits' : 'exercice fait'} sans code. Vos réponses restent dans ce navigateur.${changed()}` : '';
  for (const line of lines) line.textContent = said;
};
// the same questions, morning and evening (« since », datakit/course/printing/clicked.py)
const changed = () => {
  const { id, verify } = all.find(data => data.verify.since) || {};
  const [before, now] = [verify?.since[0], id].map(name => store.get(name));
  if (!before || now?.outcome !== 'note') return '';
  const keys = verify.since.slice(1);
  const moved = keys.filter(key => before.values[key] !== now.values[key]).length;
  return ` Depuis ce matin, ${moved} avis ${moved > 1 ? 'ont' : 'a'} changé sur ${keys.length}.`;
};
for (const data of all) {
  const place = document.querySelector(`[data-exercice="${data.id}"]`);
  if (place) done.push(exercise(place, data, tell));
}
for (const place of document.querySelectorAll('[data-pari]')) bet(place);
tell();
