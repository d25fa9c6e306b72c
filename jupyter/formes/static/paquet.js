// The file that « Garder mon travail » writes and « Reprendre » reads: its form, and what makes it refused. Knows no JupyterLab.
const MARK = 'travail', VERSION = 1;
export const FOLDERS = ['notebooks', 'exercises', 'progression'];
export const JOURNAL = 'progression/carnet.txt';

const content = (when, files) => JSON.stringify([when, files]);

// files: [{ path, type, format, content }], as the contents of JupyterLab are
export function packed(files, when) {
  return JSON.stringify({ datakit: MARK, version: VERSION, le: when, controle: sum(content(when, files)), fichiers: files });
}

// What was kept, or an error whose message is the sentence to show
export function unpacked(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw Error(text.includes(`"datakit":"${MARK}"`)
      ? 'Ce fichier est abîmé : il manque un morceau. Reprenez la copie d’origine, ou téléchargez-la de nouveau.'
      : 'Ce fichier n’a pas été fait par « Garder mon travail ».');
  }
  if (found?.datakit !== MARK) throw Error('Ce fichier n’a pas été fait par « Garder mon travail ».');
  if (found.version !== VERSION) throw Error('Ce fichier vient d’une autre version du cours, que celle-ci ne sait pas lire.');
  if (typeof found.le !== 'string' || !Array.isArray(found.fichiers) || sum(content(found.le, found.fichiers)) !== found.controle)
    throw Error('Ce fichier est abîmé : son contenu a changé depuis qu’il a été gardé. Reprenez la copie d’origine.');
  if (!found.fichiers.length) throw Error('Ce fichier ne contient aucune page.');
  for (const file of found.fichiers) if (!accepted(file)) throw Error(`Ce fichier contient autre chose que des pages du cours (« ${String(file?.path).slice(0, 80)} »).`);
  return { when: found.le, files: found.fichiers };
}

// Only where the course works, and only what its type says
function accepted(file) {
  const steps = typeof file?.path === 'string' ? file.path.split('/') : [];
  const inside = FOLDERS.includes(steps[0]) ? steps.length > 1 : steps.length === 1 && /\.ipynb$/.test(file.path);
  if (!inside || steps.some(step => !step || step.startsWith('.') || /[\\:\u0000-\u001f]/.test(step))) return false;
  if (/\.ipynb$/i.test(file.path)) return file.type === 'notebook' && file.format === 'json' && Array.isArray(file.content?.cells) && file.content.nbformat === 4;
  return file.type === 'file' && ['text', 'base64'].includes(file.format) && typeof file.content === 'string';
}

// The notebook without what JupyterLab adds while it is open: a page that comes from elsewhere is never trusted by its own word
export function bare(file) {
  if (file.type !== 'notebook') return file;
  const cells = file.content.cells.map(cell => {
    const { trusted, ...metadata } = cell.metadata || {};
    return { ...cell, metadata };
  });
  return { ...file, content: { ...file.content, cells } };
}

// Both journals, each trial once, from the oldest to the newest
export function merged(here, kept) {
  const dated = [];
  for (const text of [kept, here]) {
    let at = '';
    for (const line of text.split('\n').filter(one => one.trim())) {
      at = /"at": "([^"]*)"/.exec(line)?.[1] || at; // a line without a time stays under the one above
      if (!dated.some(one => one.line === line)) dated.push({ line, at });
    }
  }
  return dated.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ line }) => `${line}\n`).join('');
}

// CRC-32: any byte that changed is seen, without asking the browser for https
function sum(text) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ -1) >>> 0).toString(16).padStart(8, '0');
}
