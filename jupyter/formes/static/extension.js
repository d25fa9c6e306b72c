// The extension: what is done once for the whole of JupyterLab, and a Page for each notebook that is opened (cahier.js).
import { Page } from './cahier.js';
import { renderError } from './erreur.js';
import { keepSafe } from './garde.js';
import { Work, storeAtOnce } from './travail.js';

export async function extension(shared, here) {
  const [notebooks, rendermime, apputils, widgets, { CommandRegistry }, { PageConfig }, { IMainMenu }] = await Promise.all(
    ['@jupyterlab/notebook', '@jupyterlab/rendermime', '@jupyterlab/apputils', '@lumino/widgets', '@lumino/commands', '@jupyterlab/coreutils', '@jupyterlab/mainmenu'].map(shared)
  );
  const said = CommandRegistry.formatKeystroke;
  CommandRegistry.formatKeystroke = keys => inFrench(said(keys));
  const lab = { ...apputils, ...widgets, NotebookActions: notebooks.NotebookActions };
  const forms = {
    id: 'datakit-formes:formes',
    autoStart: true,
    requires: [notebooks.INotebookTracker],
    activate: (app, tracker) => {
      const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet' });
      for (const name of ['style.css', 'cahier.css']) document.head.append(Object.assign(sheet.cloneNode(), { href: new URL(name, here).href }));
      const pages = new WeakMap();
      const page = panel => pages.get(panel) || pages.set(panel, new Page(panel, lab, app)).get(panel);
      tracker.widgetAdded.connect((_, panel) => page(panel));
      // a link to « #E06 » may ask for its place before the page is there
      const { setFragment } = notebooks.NotebookPanel.prototype;
      notebooks.NotebookPanel.prototype.setFragment = function (fragment) {
        page(this).goTo(fragment);
        setFragment.call(this, fragment);
      };
      app.commands.commandExecuted.connect((_, { id, args, result }) => {
        if (id === 'rendermime:handle-local-link') result.catch(() => renamed(app, lab, args));
      });
      document.addEventListener('keydown', pass, true);
      // a statement is read, not opened
      document.addEventListener('dblclick', event => event.target.closest?.('.dk-fixe') && event.stopPropagation(), true);
      app.restored.then(() => {
        app.shell.collapseLeft(); // the page first; the files are one click away
        for (const link of document.querySelectorAll('.jp-skiplink a, #jp-SkipLinks a, .jp-SkipLink a')) link.textContent = 'Aller au contenu';
      });
    }
  };
  const errors = {
    id: 'datakit-formes:erreurs',
    autoStart: true,
    requires: [rendermime.IRenderMimeRegistry],
    activate: (_, registry) =>
      registry.addFactory({ safe: true, mimeTypes: ['application/vnd.jupyter.error'], createRenderer: () => renderError(widgets.Widget) }, 0)
  };
  const work = {
    id: 'datakit-formes:travail',
    autoStart: true,
    requires: [notebooks.INotebookTracker],
    optional: [IMainMenu],
    activate: (app, tracker, menu) => {
      const alone = PageConfig.getOption('datakitSeul') === 'oui';
      const work = new Work(app, lab, { alone, brief: PageConfig.getOption('datakitEphemere') === 'oui' });
      app.shell.add(Object.assign(new widgets.Widget({ node: work.node }), { id: 'dk-travail' }), 'top', { rank: 1000 });
      const items = work.actions.map(({ name, label, run }) => app.commands.addCommand(`datakit:${name}`, { label, execute: run }) && { command: `datakit:${name}` });
      menu?.fileMenu.addGroup(items, 3);
      keepSafe(tracker);
      if (alone) storeAtOnce(tracker);
    }
  };
  return [forms, errors, work];
}

// The keys as a French keyboard names them; a letter alone does nothing here (see pass), so it is not shown in the menus.
const KEYS = { Shift: 'Maj', Enter: 'Entrée', Backspace: 'Retour arrière', Delete: 'Suppr', Escape: 'Échap', Up: 'Haut', Down: 'Bas', Left: 'Gauche', Right: 'Droite' };
const inFrench = keys => (/^\w(, \w)*$/.test(keys) ? '' : keys.replace(/\w{2,}/g, key => KEYS[key] || key));

// A link to a page that is no longer under its name: found again by what it is, or said to be missing.
async function renamed(app, lab, { path, id }) {
  const { contents } = app.serviceManager;
  const folder = path.split('/').slice(0, -1).join('/');
  const name = path.split('/').pop();
  const { content: files } = await contents.get(folder).catch(() => ({ content: [] }));
  for (const file of files.filter(f => f.type === 'notebook')) {
    const { content } = await contents.get(file.path);
    if (`${content.metadata.datakit?.source}`.replace(/\.py$/, '.ipynb') !== name) continue;
    const widget = await app.commands.execute('docmanager:open', { path: file.path });
    if (id) widget?.setFragment?.(id);
    return;
  }
  lab.showDialog({
    title: 'Cette page n’est plus là',
    body: `« ${name} » a été renommée, déplacée ou effacée. Fermer la formation et la rouvrir remet une page neuve à sa place ; rien d’autre ne change.`,
    buttons: [lab.Dialog.okButton({ label: 'Compris' })]
  });
}

// With a cell selected but not open, a letter or a digit is a shortcut that cuts, changes or restarts: never for us.
function pass(event) {
  const { target, key } = event;
  const closed = key === 'Enter' && !event.shiftKey && target.closest?.('.jp-Notebook')?.querySelector('.jp-mod-active.dk-fixe');
  if ((key.length !== 1 && !closed) || event.ctrlKey || event.metaKey || event.altKey || !target.closest?.('.jp-Notebook')) return;
  if (target.closest('input,textarea,select,button,summary,a,[contenteditable=true],.cm-editor')) return;
  event.stopPropagation();
}
