// The verdict of `check`, in a page alone: rules and messages that datakit/course/printing/clicked.py computed at export.
const blank = value => value === undefined || value === null || !String(value).trim() || /^_+$/.test(String(value).trim());
const normal = text =>
  String(text ?? '').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_+|_+$/g, '');
const plainText = text => String(text ?? '').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const plural = (n, one, many = `${one}s`) => `${n} ${n > 1 ? many : one}`;

// A number as a person writes it: « 3 578 », « 24,2 % », « 32,7 habitants ».
export function asNumber(typed, percents) {
  const found = String(typed).match(/[-−+]?\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?(?:[eE][-+]?\d+)?/g) || [];
  if (found.length !== 1) throw Error(`Pas encore lisible : je ne lis pas un nombre, et un seul, dans « ${String(typed).trim().slice(0, 40)} ».`);
  const value = Number(found[0].replace(/[\s\u00a0\u202f]/g, '').replace(',', '.').replace('−', '-'));
  return percents && value > 0 && value < 1 && !String(typed).includes('%') ? 100 * value : value;
}
export function frenchNumber(value, decimals = 0) {
  const [whole, part] = Math.abs(value).toFixed(decimals).split('.');
  const sign = value < 0 ? '−' : '';
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') + (part ? `,${part}` : '');
}

// the spaces and apostrophes of datakit/course/typography.py
const french = text =>
  text.replace(/(?<=[\p{L}\p{N}_])'(?=[\p{L}\p{N}_«*])/gu, '’').replace(/[ \u00a0]+([;!?%€])/g, '\u202f$1')
    .replace(/(?<=\S)[ \u00a0]+:(?=\s|$)/g, '\u00a0:').replace(/«[ \u00a0]*/g, '«\u00a0').replace(/[ \u00a0]*»/g, '\u00a0»');

// { outcome: 'non_tente' | 'pas_encore' | 'juste' | 'note', message }
export function verdict(exercise, values) {
  const { verify, form } = exercise;
  const keys = form.fields.map(f => f.key);
  const list = values.list || [];
  const untouched = 'list' in values || keys[0] === undefined || verify.kind === 'cases' ? !list.length : keys.every(k => blank(values[k]));
  if (untouched) return { outcome: 'non_tente', message: 'À vous : répondez, puis vérifiez.' };
  const right = { outcome: exercise.noted ? 'note' : 'juste', message: exercise.right };
  const not = message => ({ outcome: 'pas_encore', message });
  let found;
  try {
    found = kinds[verify.kind](exercise, values, right, not);
  } catch (problem) {
    found = not(problem.message);
  }
  return { ...found, message: french(found.message) };
}

const kinds = {
  choix: ({ verify }, values, right, not) => {
    const todo = verify.items.filter(i => blank(values[i.key]));
    const wrong = verify.items.filter(i => !todo.includes(i) && ![].concat(i.answer).includes(values[i.key]));
    if (wrong.length) {
      const why = i => i.wrong?.[values[i.key]] ?? i.otherwise ?? 'à revoir : relisez la phrase en cherchant ce qu’elle demande.';
      const more = wrong.length > 2 ? `\n${wrong.length} réponses sont à revoir en tout.` : '';
      return not(wrong.slice(0, 2).map(i => `${i.key} : ${why(i)}`).join('\n') + more);
    }
    return todo.length ? not(`Tout ce qui est rempli est bon. Il reste : ${todo.map(i => i.key).join(', ')}.`) : right;
  },
  sondage: ({ verify }, values, right, not) => {
    const todo = verify.items.filter(i => blank(values[i.key]));
    return todo.length ? not(`C’est noté. Il reste : ${todo.map(i => i.key).join(', ')}.`) : right;
  },
  ordre: ({ verify }, values, right, not) => {
    const expected = verify.items.map(i => i.key);
    const given = values.list;
    for (const [first, then, message] of verify.orders) if (given.indexOf(first) > given.indexOf(then)) return not(message);
    const good = expected.findIndex((key, i) => given[i] !== key);
    if (good < 0) return right;
    return not(good
      ? `${plural(good, 'carte est à sa place, au début', 'cartes sont à leur place, au début')}. La suivante vient trop tôt.`
      : 'La première carte n’est pas la bonne : qu’est-ce qui doit exister avant le reste ?');
  },
  selection: ({ verify }, values, right, not) => {
    const extra = verify.items.find(i => values.list.includes(i.key) && !i.answer);
    if (extra) return not(extra.otherwise);
    const left = verify.items.filter(i => i.answer && !values.list.includes(i.key)).length;
    return left ? not(`Ce que vous avez retenu est bon. Il en reste ${left} à trouver.`) : right;
  },
  libre: ({ verify }, values, right, not) => {
    for (const item of verify.items) {
      if (!written(values[item.key])) return not(item.otherwise);
    }
    return right;
  },
  cases: ({ verify }, values, right, not) => {
    const rank = values.list.reduce((sum, name) => sum | (1 << verify.names.indexOf(name)), 0);
    const told = verify.told[verify.answers[rank]];
    return told[0] === '1' ? { ...right, message: told.slice(1) } : not(told.slice(1));
  },
  regles: (exercise, values, right, not) => {
    const { verify } = exercise;
    const fill = text => text.replace(/\{(\w+)\}/g, (_, name) => (name === 'vides' || name === 'manque' || name === 'etiquettes' ? gone : fact(verify.facts?.[name], exercise, values)));
    let gone = '';
    for (const [when, message] of verify.rules) {
      if (when[0] === 'blank' || when[0] === 'worded') {
        const empty = when.slice(1).filter(k => (when[0] === 'blank' ? blank(values[k]) : !written(values[k])));
        gone = empty.map(k => verify.names?.[k] ?? k).join(', ').replace(/, ([^,]*)$/, ' et $1');
        if (empty.length) return not(fill(message));
      } else if (when[0] === 'right') {
        if (holds(when[1], exercise, values)) break;
      } else if (holds(when, exercise, values)) return not(fill(message));
    }
    const said = Array.isArray(verify.right) ? fact(verify.right, exercise, values) : verify.right ?? exercise.right;
    return { ...right, message: fill(said) };
  }
};

function holds([name, ...given], exercise, values) {
  const { verify } = exercise;
  const number = key => asNumber(values[key], verify.percents?.includes(key));
  switch (name) {
    case 'always': return true;
    case 'not': return !holds(given[0], exercise, values);
    case 'all': return given.every(c => holds(c, exercise, values));
    case 'any': return given.some(c => holds(c, exercise, values));
    case 'near': return Math.abs(number(given[0]) - given[1]) <= given[2];
    case 'looked': return Math.abs(number(given[0]) - verify.known[values[given[1]]][given[2]]) <= given[3];
    case 'is': return values[given[0]] === given[1];
    case 'match': return RegExp(given[1]).test(normal(values[given[0]]));
    case 'plain': return RegExp(given[1]).test(plainText(values[given[0]]));
    case 'whole': {
      // « 7 sur 10 » is how one says it aloud
      const said = String(values[given[0]] ?? '').replace(/\s*(?:sur|\/)\s*10\D*$/, '');
      const count = blank(said) ? NaN : safe(() => asNumber(said));
      return Number.isInteger(count) && count >= given[1] && count <= given[2];
    }
  }
  throw Error(name);
}
const written = value => /[\p{L}\p{N}]/u.test(value ?? '');
const safe = f => { try { return f(); } catch { return NaN; } };

function fact(how, exercise, values) {
  if (!how) return '';
  const [kind, key, ...more] = how;
  const { verify } = exercise;
  if (kind === 'text') return String(values[key] ?? '').trim() || 'rien';
  if (kind === 'looked') return verify.known[values[key]]?.[more[0]] ?? '';
  const value = safe(() => asNumber(values[key], verify.percents?.includes(key)));
  return kind === 'percent' ? `${frenchNumber(value, 1)}\u202f%` : frenchNumber(value);
}
