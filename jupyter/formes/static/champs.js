// One field of a form, drawn with the browser's own controls: fieldsets, radios, lists, boxes, areas.
// Shared by the notebook (JupyterLab) and the exported pages; knows neither.
export const el = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key in node && !key.includes('-') && key !== 'list') node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter(c => c !== null && c !== undefined));
  return node;
};
let rank = 0;
const unique = () => `dk-${++rank}`;

// context: { get, set(value), choices(kind) → promise of options, say(text) }
export function draw(field, context) {
  return (kinds[field.kind] || kinds.texte)(field, context);
}

const group = (field, ...children) => el('fieldset', {}, el('legend', { textContent: field.text }), ...children);
const labelled = (field, control, unit) => {
  control.id = unique();
  return el('p', { className: 'dk-ligne' }, el('label', { htmlFor: control.id, textContent: field.text }), control, unit);
};

function pills(field, context, picture) {
  const name = unique();
  const chosen = context.get();
  return field.options.map(([value, text]) => {
    const input = el('input', { type: 'radio', name, value, checked: chosen === value, onchange: () => context.set(value) });
    return el('label', { className: 'dk-pastille' }, input, picture?.(value), el('span', { textContent: text }));
  });
}

const kinds = {
  choix: (field, context) => group(field, ...pills(field, context)),

  cartes: (field, context) => {
    const box = el('div', { className: 'dk-cartes' });
    const pictures = {};
    box.append(
      ...pills(field, context, value => (pictures[value] = el('span', { className: 'dk-image', 'aria-hidden': 'true' })))
    );
    context.choices?.('cartes').then(found =>
      found.forEach(([value, image]) => pictures[value]?.replaceChildren(el('img', { src: image, alt: '' })))
    );
    return group(field, box);
  },

  liste: (field, context) => {
    const select = el('select', { onchange: () => context.set(select.value) }, el('option', { value: '', textContent: 'Choisir…' }));
    const fill = options => {
      const chosen = context.get() ?? '';
      const extra = chosen && !options.some(([v]) => v === chosen) ? [[chosen, chosen]] : [];
      select.replaceChildren(
        el('option', { value: '', textContent: 'Choisir…' }),
        ...[...extra, ...options].map(([value, text]) => el('option', { value, textContent: text }))
      );
      select.value = chosen;
    };
    fill(field.options || []);
    if (!field.options) context.choices?.(field.kind).then(fill);
    return labelled(field, select);
  },

  nombre: (field, context) => {
    const note = el('span', { className: 'dk-note', id: unique() });
    const input = el('input', {
      type: 'text',
      inputMode: 'decimal',
      autocomplete: 'off',
      value: context.get() ?? '',
      'aria-describedby': note.id,
      oninput: () => {
        context.set(input.value);
        note.textContent = strange(input.value);
      }
    });
    note.textContent = strange(input.value);
    const unit = field.unit ? el('span', { textContent: field.unit }) : null;
    const line = labelled(field, input, unit);
    line.append(note);
    return line;
  },

  texte: (field, context) =>
    labelled(field, el('input', { type: 'text', autocomplete: 'off', value: context.get() ?? '', oninput: e => context.set(e.target.value) })),

  long: (field, context) =>
    labelled(field, el('textarea', { rows: 2, value: context.get() ?? '', oninput: e => context.set(e.target.value) })),

  cases: (field, context) => {
    const chosen = new Set(context.get() || []);
    const boxes = field.options.map(([value, text]) => {
      const input = el('input', {
        type: 'checkbox',
        checked: chosen.has(value),
        onchange: () => {
          input.checked ? chosen.add(value) : chosen.delete(value);
          context.set(field.options.map(o => o[0]).filter(v => chosen.has(v)));
        }
      });
      return el('label', { className: 'dk-case' }, input, el('span', { textContent: text }));
    });
    return group(field, ...boxes);
  },

  ordre: (field, context) => order(field, context),
  tableau: (field, context) => table(field, context),
  grille: (field, context) => grid(field, context)
};
kinds.quartier = kinds.commune = kinds.liste;

// What is said beside a number as it is typed: nothing when it reads, a kind sentence when it does not.
export function strange(typed) {
  if (!typed.trim()) return '';
  const found = typed.match(/[-−+]?\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?(?:[eE][-+]?\d+)?/g) || [];
  return found.length === 1 ? '' : found.length ? 'Un seul nombre, s’il vous plaît.' : 'Je ne lis pas de nombre ici.';
}

function order(field, context) {
  const texts = Object.fromEntries(field.options);
  const all = field.options.map(o => o[0]);
  let cards = (context.get() || []).filter(v => v in texts);
  cards = [...cards, ...all.filter(v => !cards.includes(v))];
  const list = el('ol', { className: 'dk-ordre' });
  const place = (card, at, focus) => {
    const from = cards.indexOf(card);
    if (at < 0 || at >= cards.length) return;
    cards.splice(from, 1);
    cards.splice(at, 0, card);
    context.set([...cards]);
    show();
    context.say?.(`${texts[card]} : place ${at + 1} sur ${cards.length}.`);
    const buttons = list.children[at].querySelectorAll('button');
    (buttons[focus].disabled ? buttons[1 - focus] : buttons[focus]).focus();
  };
  let held = null;
  const show = () =>
    list.replaceChildren(
      ...cards.map((card, at) => {
        const move = (way, sign, word) =>
          el('button', {
            type: 'button',
            textContent: sign,
            disabled: !(at + way in cards),
            'aria-label': `${word} : ${texts[card]}`,
            onclick: () => place(card, at + way, way < 0 ? 0 : 1)
          });
        return el(
          'li',
          {
            draggable: true,
            ondragstart: e => {
              held = card;
              e.dataTransfer.setData('text/plain', card);
            },
            ondragover: e => e.preventDefault(),
            ondrop: e => {
              e.preventDefault();
              if (held) place(held, at, 0);
              held = null;
            }
          },
          el('span', { textContent: texts[card] }),
          el('span', { className: 'dk-fleches' }, move(-1, '↑', 'Monter'), move(1, '↓', 'Descendre'))
        );
      })
    );
  show();
  const keep = el('p', { className: 'dk-note', textContent: 'Déplacez les cartes avec ↑ et ↓, ou en les faisant glisser.' });
  return group(field, list, keep);
}

function table(field, context) {
  const { columns, rows } = field.table;
  const heads = field.heads || columns;
  const chosen = new Set(context.get() || []);
  const cell = (row, column, value) => {
    const id = `${row[0]}/${columns[column]}`;
    const total = columns[column] === 'Ensemble' || row[0] === 'Ensemble';
    const shown = value === null ? 'masquée' : value.toLocaleString('fr-FR');
    if (total) return el('td', { textContent: shown });
    const button = el('button', {
      type: 'button',
      textContent: shown,
      'aria-pressed': String(chosen.has(id)),
      'aria-label': `${row[0]}, ${heads[column]} : ${shown}`,
      onclick: () => {
        chosen.has(id) ? chosen.delete(id) : chosen.add(id);
        button.setAttribute('aria-pressed', String(chosen.has(id)));
        context.set([...chosen]);
      }
    });
    return el('td', {}, button);
  };
  const head = el('tr', {}, el('th', { scope: 'col', textContent: 'Secteur' }), ...heads.map(h => el('th', { scope: 'col', textContent: h })));
  const body = rows.map(row =>
    el('tr', {}, el('th', { scope: 'row', textContent: row[0] }), ...row.slice(1).map((value, i) => cell(row, i, value)))
  );
  return group(field, el('div', { className: 'dk-large' }, el('table', { className: 'dk-tableau' }, el('thead', {}, head), el('tbody', {}, ...body))),
    el('p', { className: 'dk-note', textContent: 'Cliquez les cases ; un second clic les rend.' }));
}

function grid(field, context) {
  let rows = (context.get() || []).map(row => [...row]);
  const empty = () => field.columns.map(() => '');
  if (!rows.length) rows = [empty(), empty(), empty()];
  const body = el('tbody');
  const keep = () => context.set(rows.filter(row => row.some(v => v.trim())));
  const show = () =>
    body.replaceChildren(
      ...rows.map((row, at) =>
        el(
          'tr',
          {},
          ...field.columns.map((column, i) =>
            el('td', {}, el('input', {
              type: 'text',
              autocomplete: 'off',
              value: row[i] ?? '',
              'aria-label': `Ligne ${at + 1}, ${column}`,
              oninput: e => {
                row[i] = e.target.value;
                keep();
              }
            }))
          ),
          el('td', {}, el('button', {
            type: 'button',
            textContent: '✕',
            'aria-label': `Enlever la ligne ${at + 1}`,
            onclick: () => {
              rows.splice(at, 1);
              if (!rows.length) rows = [empty()];
              keep();
              show();
              body.querySelectorAll('input')[0].focus();
            }
          }))
        )
      )
    );
  show();
  const head = el('tr', {}, ...field.columns.map(c => el('th', { scope: 'col', textContent: c })),
    el('th', { scope: 'col' }, el('span', { className: 'dk-cache', textContent: 'Enlever' })));
  const more = el('button', {
    type: 'button',
    className: 'dk-second',
    textContent: 'Ajouter une ligne',
    onclick: () => {
      rows.push(empty());
      show();
      body.lastChild.querySelector('input').focus();
    }
  });
  return group(field, el('div', { className: 'dk-large' }, el('table', { className: 'dk-tableau' }, el('thead', {}, head), body)), more);
}
