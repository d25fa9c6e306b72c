// One saving at a time for each page, soon after what was typed. JupyterLab 4.6 alone lets two savings of one page meet (the
// second finds a file « changed on disk » and asks the person), takes for saved what is typed while it saves, and after a slow
// saving waits ten times as long before the next.
const SOON = 2000; // ms

export function keepSafe(tracker) {
  tracker.widgetAdded.connect((_, { context }) => guard(context));
}

function guard(context) {
  const { model } = context;
  const saved = context.save.bind(context);
  let running = null;
  let next = null;
  let timer = null;

  const once = async () => {
    let typed = false;
    const note = () => (typed = true);
    model.contentChanged.connect(note);
    try {
      await saved();
    } finally {
      running = null;
      model.contentChanged.disconnect(note);
      if (typed && !context.isDisposed) {
        model.dirty = true;
        soon();
      }
    }
  };

  // asked again while it saves: once more after, whatever the number of times; what stopped it stops this one too
  context.save = () => {
    if (!running) return (running = once());
    next ||= running.finally(() => (next = null)).then(() => context.save());
    return next;
  };

  const soon = () => {
    timer ||= setTimeout(async () => {
      timer = null;
      if (context.isDisposed || !context.isReady || !model.dirty || context.contentsModel?.writable === false) return;
      await context.save().catch(() => null);
    }, SOON);
  };
  context.ready.then(() => context.isDisposed || model.contentChanged.connect(soon));
}
