// The extension: what is done once for the whole of JupyterLab, and a Page for each notebook that is opened (cahier.js).
import { Page } from './cahier.js';
import { renderError } from './erreur.js';

export async function extension(shared, here) {
  const [notebooks, rendermime, apputils, widgets] = await Promise.all(
    ['@jupyterlab/notebook', '@jupyterlab/rendermime', '@jupyterlab/apputils', '@lumino/widgets'].map(shared)
  );
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
  return [forms, errors];
}

// With a cell selected but not open, a letter or a digit is a shortcut that cuts, changes or restarts: never for us.
function pass(event) {
  const { target, key } = event;
  const closed = key === 'Enter' && !event.shiftKey && target.closest?.('.jp-Notebook')?.querySelector('.jp-mod-active.dk-fixe');
  if ((key.length !== 1 && !closed) || event.ctrlKey || event.metaKey || event.altKey || !target.closest?.('.jp-Notebook')) return;
  if (target.closest('input,textarea,select,button,summary,a,[contenteditable=true],.cm-editor')) return;
  event.stopPropagation();
}
