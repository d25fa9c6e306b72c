// What JupyterLab loads (a module federation container, written by hand: nothing to build). The rest is ordinary modules beside it.
(() => {
  const here = document.currentScript.src;
  let scope;
  const shared = async name => (await Object.values(scope[name])[0].get())();

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['datakit-formes'] = {
    init: given => {
      scope = given;
    },
    get: async () => {
      const { extension } = await import(new URL('extension.js', here));
      const plugins = await extension(shared, here);
      return () => ({ __esModule: true, default: plugins });
    }
  };
})();
