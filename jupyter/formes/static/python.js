// A form's answers as Python, and back. `write` gives, to the character, what datakit/course/exercises/form.py gives.
const BLANK = '"____"';
const text = value => JSON.stringify(String(value));
const name = key => (/^\d+$/.test(key) ? String(key) : text(key));
const filled = value => value !== undefined && value !== null && String(value).trim() !== '';

export function write(form, values) {
  const before = form.before ?? `${form.var} = `;
  return before + literal(form, values) + (form.after ?? '');
}

function literal(form, values) {
  const { fields, shape } = form;
  if (shape === 'rows') {
    const rows = (values.rows || []).map(row => `    (${row.map(text).join(', ')}),\n`);
    return `[\n${rows.join('')}]`;
  }
  if (fields.length === 1 && shape === 'list') return `[${(values.list || []).map(text).join(', ') || BLANK}]`;
  const said = fields.map(f => (filled(values[f.key]) ? text(values[f.key]) : BLANK));
  if (shape === 'value') {
    const [start, end] = said[0] === BLANK ? ['', ''] : form.wrap || ['', ''];
    return start + said[0] + end;
  }
  const [open, close] = shape === 'dict' ? '{}' : '[]';
  const lines = fields.map((f, i) => `    ${shape === 'dict' ? name(f.key) + ': ' : ''}${said[i]},  # ${f.text}\n`);
  return `${open}\n${lines.join('')}${close}`;
}

// The answers that a source holds; null when it is not a form's (an expression, a broken line): it is then left as it is.
export function read(form, source) {
  try {
    const before = form.before ?? `${form.var} = `;
    let at = source.indexOf(before);
    if (at < 0) return source.trim() ? null : {};
    let rest = source.slice(at + before.length);
    const [start, end] = form.wrap || ['', ''];
    const wrapped = start && rest.startsWith(start);
    if (wrapped) rest = rest.slice(start.length);
    const [value, length] = parse(rest);
    const tail = rest.slice(length).trim();
    if (tail !== ((wrapped ? end : '') + (form.after ?? '')).trim()) return null;
    return answers(form, value);
  } catch {
    return null;
  }
}

function answers(form, value) {
  const { fields, shape } = form;
  const kept = {};
  const keep = (key, v) => {
    if (v === null || /^_+$/.test(String(v))) return;
    if (typeof v === 'object') throw Error('not a form');
    kept[key] = String(v);
  };
  if (shape === 'rows') return { rows: value.map(row => [...row].map(String)) };
  if (fields.length === 1 && shape === 'list') return { list: value.map(String).filter(v => !/^_+$/.test(v)) };
  if (shape === 'value') keep(fields[0].key, value);
  else if (shape === 'list') fields.forEach((f, i) => keep(f.key, value[i] ?? null));
  else {
    const known = new Set(fields.map(f => String(f.key)));
    for (const [key, v] of value) {
      if (!known.has(key)) throw Error('not a form');
      keep(key, v);
    }
  }
  return kept;
}

// A Python literal: [value, its length]. Texts, numbers, ____, lists, tuples, dictionaries (as pairs), comments.
function parse(source) {
  let i = 0;
  const blank = () => {
    const found = /^(?:\s|#[^\n]*(?:\n|$))+/.exec(source.slice(i));
    if (found) i += found[0].length;
  };
  const pieces = close => {
    const list = [];
    for (i++, blank(); source[i] !== close; blank()) {
      list.push(item());
      blank();
      if (source[i] === ',') i++;
      else if (source[i] !== close) throw Error('comma');
      blank();
      if (i >= source.length) throw Error('end');
    }
    i++;
    return list;
  };
  const item = () => {
    const key = value();
    blank();
    if (source[i] !== ':') return key;
    i++;
    blank();
    return [String(key), value()];
  };
  const value = () => {
    const here = source[i];
    if (here === '{') return pieces('}');
    if (here === '[') return pieces(']');
    if (here === '(') return pieces(')');
    const rest = source.slice(i);
    const quoted = /^"(?:[^"\\\n]|\\.)*"|^'(?:[^'\\\n]|\\.)*'/.exec(rest);
    const bare = quoted || /^(?:____|None|True|False|-?\d+(?:\.\d+)?)/.exec(rest);
    if (!bare) throw Error('not a literal');
    i += bare[0].length;
    return quoted ? unquoted(bare[0]) : bare[0] === '____' || bare[0] === 'None' ? null : bare[0];
  };
  const found = value();
  return [found, i];
}

function unquoted(quoted) {
  const known = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
  return quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, c) =>
    c.length > 1 ? String.fromCharCode(parseInt(c.slice(1), 16)) : known[c] ?? c
  );
}
