// The line at the top of a page: how far one is, how long is left, what stopped, all the code in one click.
import { el } from './champs.js';

export class Head {
  constructor(page) {
    this.page = page;
    this.trainer = false;
    this.words = el('p', { role: 'status' });
    this.next = el('button', { type: 'button', className: 'dk-second', textContent: 'Continuer', onclick: () => this.goOn() });
    this.code = el('button', { type: 'button', className: 'dk-second', textContent: 'Voir tout le code', 'aria-pressed': 'false', onclick: () => this.all() });
    this.stops = el('div', { role: 'alert' });
    const widget = new page.lab.Widget();
    this.node = el('div', { className: 'dk dk-tete', role: 'region', 'aria-label': 'Où vous en êtes' }, this.words, this.next, this.code, this.stops);
    widget.node.append(this.node);
    page.panel.contentHeader.addWidget(widget);
    this.widget = widget;
  }

  dispose() {
    this.widget.dispose();
  }

  know(found) {
    this.trainer = found.trainer;
    this.minutes = found.minutes;
    this.update();
  }

  update() {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.show());
  }

  show() {
    const { page } = this;
    if (page.panel.isDisposed) return;
    const todo = this.todo();
    const total = this.steps().length;
    this.words.textContent = total
      ? todo.length
        ? `${total - todo.length} sur ${total} ${this.noun(total)}${this.time(todo)}`
        : `Tout est fait sur cette page.`
      : '';
    this.next.hidden = !todo.length;
    const stopped = [...page.failed].map(([id, reason]) => [page.cells.find(c => c.model.id === id), reason]).filter(([c]) => c);
    this.stops.replaceChildren(
      ...(stopped.length
        ? [el('div', { className: 'dk-arret' }, el('p', { textContent: stopped.length > 1 ? `${stopped.length} cellules se sont arrêtées ; les autres sont allées au bout :` : 'Une cellule s’est arrêtée ; les autres sont allées au bout :' }),
            el('ul', {}, ...stopped.map(([cell, reason]) => el('li', {}, el('a', { href: '#', textContent: this.place(cell), onclick: e => {
              e.preventDefault();
              cell.node.scrollIntoView({ block: 'center' });
            } }), ` : ${reason.split('\n')[0]}`))))]
        : [])
    );
    this.fit();
  }

  // JupyterLab lays its panels out by their least heights
  fit() {
    const height = `${this.node.offsetHeight}px`;
    if (this.widget.node.style.minHeight === height) return;
    this.widget.node.style.minHeight = height;
    this.widget.parent?.fit();
  }

  place(cell) {
    return this.page.about(cell).exercise || this.page.about(cell).verif || cell.model.id;
  }

  steps() {
    const exercises = this.page.exercises().filter(e => e.form || this.page.shownCode);
    return exercises.length ? exercises : this.page.cells.filter(cell => this.page.about(cell).bet).map(cell => ({ cell, done: this.page.about(cell).bet.answer !== undefined }));
  }
  todo() {
    return this.steps().filter(step => !step.done);
  }
  noun(total) {
    const word = this.page.exercises().length ? 'exercice' : 'pari';
    return total > 1 ? `${word}s` : word;
  }
  // on one's own track: the exercises that are left, or what is left of the lesson from the first open bet on
  time(todo) {
    const from = this.page.cells.indexOf(todo[0].cell);
    const left = todo[0].id
      ? todo.reduce((sum, step) => sum + (this.minutes?.[step.id] || 0), 0)
      : this.page.cells.slice(from).reduce((sum, cell) => sum + (this.page.about(cell).late ? 0 : this.page.about(cell).minutes || 0), 0);
    return left ? ` · environ ${left} minute${left > 1 ? 's' : ''}` : '';
  }

  goOn() {
    const step = this.todo()[0];
    if (!step) return;
    step.cell.node.scrollIntoView({ block: 'center' });
    step.cell.node.querySelector('.dk input, .dk select, .dk textarea, .dk button')?.focus({ preventScroll: true });
  }

  all() {
    const shown = this.code.getAttribute('aria-pressed') !== 'true';
    this.code.setAttribute('aria-pressed', String(shown));
    this.code.textContent = shown ? 'Cacher tout le code' : 'Voir tout le code';
    this.page.showAll(shown);
    this.update();
  }
}
