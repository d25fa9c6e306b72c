// « Garder mon travail » and « Reprendre »: the pages and the progress in one file (paquet.js), by the contents of JupyterLab.
// The same two buttons on a computer, on Binder and in the browser alone (JupyterLite), where nothing here needs Python.
import { el } from './champs.js';
import { FOLDERS, JOURNAL, bare, merged, packed, unpacked } from './paquet.js';

const LARGEST = 20e6; // bytes of one file beside the pages
const KERNEL_SECONDS = 40;
const folder = path => path.split('/').slice(0, -1).join('/');
const some = (count, word) => `${count} ${word}${count > 1 ? 's' : ''}`;
// what a page closed in the middle left, in the browser alone
const beside = path => `datakit:${location.pathname}:${path}`;
const spoken = when => new Date(when).toLocaleString('fr-FR', { dateStyle: 'long', timeStyle: 'short' });

const onScreen = ({ path, model }) => bare({ path, type: 'notebook', format: 'json', content: JSON.parse(JSON.stringify(model.toJSON())) });

export class Work {
  // alone: the progress lies among the contents (JupyterLite); elsewhere Python holds it
  constructor(app, lab, { alone, brief }) {
    Object.assign(this, { app, lab, alone });
    this.contents = app.serviceManager.contents;
    this.said = el('span', { role: 'status', className: 'dk-travail-dit', textContent: brief ? 'Sans rien faire dix minutes, cette session s’éteint.' : '' });
    this.actions = [
      { name: 'garder', label: 'Garder mon travail', run: () => this.tried(() => this.keep()) },
      { name: 'reprendre', label: 'Reprendre', run: () => this.choose() }
    ];
    const buttons = this.actions.map(({ name, label, run }) => el('button', { type: 'button', className: 'dk-second', textContent: label, 'data-dk': name, onclick: run }));
    this.node = el('div', { className: 'dk dk-travail', role: 'region', 'aria-label': 'Votre travail' }, this.said, ...buttons);
  }

  async tried(act) {
    try {
      await act();
    } catch (error) {
      await this.tell('Rien n’a été changé', error.message);
    }
  }

  tell(title, body) {
    const { showDialog, Dialog } = this.lab;
    return showDialog({ title, body, buttons: [Dialog.okButton({ label: 'Compris' })] });
  }

  get open() {
    return [...this.app.shell.widgets('main')].map(widget => widget.context).filter(context => context?.model && context.path);
  }

  // --- keep -------------------------------------------------------------------------------------------------------

  async keep() {
    const missing = [];
    const files = new Map();
    try {
      for (const path of await this.paths(missing)) files.set(path, await this.file(path));
    } catch {
      // the server no longer answers: what is on the screen is all there is, and it is kept
      files.clear();
      missing.push('les pages fermées : le serveur ne répond plus');
      for (const context of this.open) if (/\.ipynb$/.test(context.path)) files.set(context.path, onScreen(context));
    }
    for (const file of await this.progress().catch(() => [])) files.set(file.path, file);
    if (!this.alone && !files.has(JOURNAL)) missing.push('la progression : Python n’a pas répondu');
    if (![...files.keys()].some(path => /\.ipynb$/.test(path))) throw Error('Aucune page du cours n’a pu être lue ici : il n’y a rien à garder.');
    const when = new Date().toISOString();
    this.download(packed([...files.values()], when), `mon travail, ${when.slice(0, 10)}.json`);
    const pages = [...files.keys()].filter(path => /\.ipynb$/.test(path)).length;
    this.said.textContent = `Gardé : ${some(pages, 'page')}, dans vos téléchargements.`;
    if (missing.length) await this.tell('Gardé, sauf :', missing.join(' ; '));
  }

  async paths(missing) {
    const found = [];
    const walk = async (path, deep) => {
      const { content } = await this.contents.get(path, { content: true });
      for (const one of content) {
        if (one.type === 'directory') {
          if (deep ? one.name !== 'solutions' : FOLDERS.includes(one.name)) await walk(one.path, true);
        } else if (deep || /\.ipynb$/.test(one.name)) {
          if (one.type !== 'notebook' && one.size > LARGEST) missing.push(`${one.name}, trop gros`);
          else found.push(one.path);
        }
      }
    };
    await walk('', false);
    return found;
  }

  shown(path) {
    return this.open.find(context => context.path === path && /\.ipynb$/.test(path) && context.isReady);
  }

  async file(path) {
    // an open page is as it is on the screen, saved or not
    const open = this.shown(path);
    if (open) return onScreen(open);
    // what Python wrote there is bytes to the browser
    const { type, format, content } = await this.contents.get(path, { content: true, ...(folder(path) === folder(JOURNAL) && { format: 'text' }) });
    const left = this.alone && localStorage.getItem(beside(path));
    if (left) return bare({ path, type, format, content: JSON.parse(left) });
    // a file whose name says JSON comes as an object from some servers
    const text = type !== 'notebook' && typeof content !== 'string';
    return bare({ path, type, format: text ? 'text' : format, content: text ? JSON.stringify(content) : content });
  }

  download(text, name) {
    const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    el('a', { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  // --- take up again ----------------------------------------------------------------------------------------------

  choose() {
    const input = el('input', { type: 'file', accept: '.json,application/json' });
    input.onchange = () => input.files[0] && this.tried(async () => this.resume(unpacked(await input.files[0].text())));
    input.click();
  }

  async resume({ when, files }) {
    const before = new Map();
    for (const { path } of files) before.set(path, await this.file(path).catch(() => null));
    const changed = files.map(bare).filter(file => file.path !== JOURNAL && JSON.stringify(file) !== JSON.stringify(before.get(file.path)));
    const pages = changed.filter(file => file.type === 'notebook' && before.get(file.path));
    const { showDialog, Dialog } = this.lab;
    const answer = await showDialog({
      title: `Reprendre le travail du ${spoken(when)} ?`,
      body: `${pages.length ? `${some(pages.length, 'page')} d’ici ${pages.length > 1 ? 'seront remplacées' : 'sera remplacée'} par ${pages.length > 1 ? 'celles' : 'celle'} du fichier : ${pages.map(page => page.path.split('/').pop()).join(', ')}.` : 'Les pages d’ici sont déjà celles du fichier.'} La progression d’ici et celle du fichier sont réunies. N’ouvrez qu’un fichier que vous avez gardé vous-même.`,
      buttons: [Dialog.cancelButton({ label: 'Ne rien changer' }), Dialog.okButton({ label: 'Reprendre' })]
    });
    if (!answer.button.accept) return;
    await this.write(changed, before);
    await this.bring(files, before.get(JOURNAL));
    this.said.textContent = `Repris : le travail du ${spoken(when)}.`;
  }

  // All of them, or none
  async write(files, before) {
    const done = [];
    try {
      for (const file of files.filter(one => this.alone || folder(one.path) !== folder(JOURNAL))) {
        done.push(file);
        await this.save(file);
      }
    } catch (error) {
      for (const { path } of done.reverse())
        await (before.get(path) ? this.save(before.get(path)) : this.contents.delete(path)).catch(() => null);
      throw Error(`Le travail n’a pas pu être écrit ici (${error.message}). Les pages sont comme avant.`);
    }
  }

  async save({ path, ...file }) {
    const open = this.shown(path);
    if (open) {
      // by the page itself: a file changed under it would make it ask which one to keep
      open.model.fromJSON(file.content);
      return open.save();
    }
    const parent = folder(path);
    if (parent) await this.contents.get(parent, { content: false }).catch(() => this.make(parent));
    await this.contents.save(path, file);
    localStorage.removeItem(beside(path));
  }

  async make(path) {
    if (folder(path)) await this.contents.get(folder(path), { content: false }).catch(() => this.make(folder(path)));
    await this.contents.save(path, { type: 'directory' });
  }

  // --- the progress: among the contents, or held by Python --------------------------------------------------------

  async progress() {
    if (this.alone) return [];
    const found = await this.ask('progress');
    return Object.entries(found).map(([name, content]) => ({ path: `${folder(JOURNAL)}/${name}`, type: 'file', format: 'text', content }));
  }

  async bring(files, here) {
    const kept = files.filter(file => folder(file.path) === folder(JOURNAL));
    const journal = kept.find(file => file.path === JOURNAL);
    if (this.alone) {
      if (journal) await this.save({ ...journal, content: merged(here?.content || '', journal.content) });
      return;
    }
    if (!kept.length) return;
    const found = Object.fromEntries(kept.map(file => [file.path.split('/').pop(), file.content]));
    try {
      const now = await this.ask('progress');
      const name = JOURNAL.split('/').pop();
      if (journal) found[name] = merged(now[name] || '', journal.content);
      await this.ask('resume', found);
    } catch {
      await this.tell('Les pages sont reprises, pas la progression', 'Python n’a pas répondu : dans un instant, « Reprendre » à nouveau.');
    }
  }

  // In a kernel of its own: the page's may be computing, or there may be none
  async ask(name, ...given) {
    const kernel = await this.app.serviceManager.kernels.startNew({});
    const late = new Promise((_, refuse) => setTimeout(() => refuse(Error('noyau')), KERNEL_SECONDS * 1000));
    try {
      const words = JSON.stringify(JSON.stringify([name, ...given]));
      const code = `__import__("datakit.course.desk", fromlist=["answer"]).answer(${words})`;
      const request = kernel.requestExecute({ code: '', silent: true, store_history: false, user_expressions: { r: code } });
      const found = (await Promise.race([request.done, late])).content.user_expressions?.r;
      if (found?.status !== 'ok') throw Error(found?.evalue || 'noyau');
      return found.data['application/json'];
    } finally {
      await kernel.shutdown().catch(() => null);
    }
  }
}

// In the browser alone, what is typed is stored at once; a page closed in the middle leaves what it had beside, for its next opening
export function storeAtOnce(tracker) {
  tracker.widgetAdded.connect(async (_, { context }) => {
    let timer;
    const store = async () => {
      clearTimeout(timer);
      if (context.isDisposed || !context.model.dirty) return;
      await context.save();
      localStorage.removeItem(beside(context.path));
    };
    const leave = () => context.isReady && !context.isDisposed && context.model.dirty && localStorage.setItem(beside(context.path), JSON.stringify(context.model.toJSON()));
    for (const type of ['pagehide', 'visibilitychange']) window.addEventListener(type, leave);
    await context.ready;
    const left = localStorage.getItem(beside(context.path));
    if (left) context.model.fromJSON(JSON.parse(left));
    context.model.contentChanged.connect(() => {
      clearTimeout(timer);
      timer = setTimeout(() => store().catch(() => null), 300);
    });
    if (left) await store();
  });
}
