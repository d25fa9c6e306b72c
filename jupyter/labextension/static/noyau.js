// JupyterLab builds its notebook panels without a translator: « Kernel Restarting » stays in English whatever the
// language, and does not say what to do. This gives each panel its translator, and our words for that one message (docs/decisions/012).
// Written by hand in the form that JupyterLab loads (a module federation container): nothing to build.
(() => {
  const said = {
    'Kernel Restarting': "Le calcul s'est interrompu, et redémarre",
    'The kernel for %1 appears to have died. It will restart automatically.':
      "Ce que vous avez écrit est gardé. Python a été coupé, le plus souvent faute de mémoire : fermez les autres " +
      'notebooks, puis reprenez par le menu Exécution, « Exécuter toutes les cellules ».',
    Ok: 'Compris'
  };
  let scope;
  const shared = async name => (await Object.values(scope[name])[0].get())();

  const extension = async () => {
    const { INotebookTracker } = await shared('@jupyterlab/notebook');
    const { ITranslator } = await shared('@jupyterlab/translation');
    const translated = (notebooks, translator) => {
      const words = translator.load('jupyterlab');
      const ours = (text, ...values) => said[text] ?? words.__(text, ...values);
      notebooks.widgetAdded.connect((_, panel) => {
        panel._trans = Object.create(words, { __: { value: ours } });
      });
    };
    return {
      id: 'datakit-francais:noyau',
      autoStart: true,
      requires: [INotebookTracker, ITranslator],
      activate: (_, notebooks, translator) => translated(notebooks, translator)
    };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['datakit-francais'] = {
    init: given => {
      scope = given;
    },
    get: async () => {
      const plugin = await extension();
      return () => ({ __esModule: true, default: plugin });
    }
  };
})();
