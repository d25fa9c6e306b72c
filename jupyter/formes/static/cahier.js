// One notebook of the course, open in JupyterLab: its forms, its folded code, its bets, what runs by itself.
import { el } from './champs.js';
import { buttons, drawForm } from './forme.js';
import { read, write } from './python.js';
import { Head } from './tete.js';

const DONE = /· (juste ✔|noté ✎)/;
const plain = cell => (cell.model.outputs ? texts(cell.model.outputs.toJSON()) : '');
const texts = outputs => outputs.map(o => [].concat(o.data?.['text/plain'] ?? o.text ?? []).join('')).join('\n');

export class Page {
  constructor(panel, lab, app) {
    Object.assign(this, { panel, lab, app, wanted: null, drawn: new WeakMap(), ran: new Set(), failed: new Map(), shownCode: false });
    this.start().catch(error => console.error('datakit-formes', error));
  }

  async start() {
    const { panel } = this;
    await panel.context.ready;
    this.mark = panel.content.model.getMetadata('datakit');
    if (!this.mark?.session) return; // not a page of the course
    this.head = new Head(this);
    panel.toolbar.node.setAttribute('aria-label', 'Barre d’outils de la page');
    this.named();
    this.scan();
    panel.content.model.cells.changed.connect(() => requestAnimationFrame(() => this.scan()));
    this.listen();
    await panel.revealed;
    this.scan();
    this.ready = true;
    if (this.wanted) this.goTo(this.wanted);
    await this.opening();
    if (this.wanted) this.goTo(this.wanted); // forms and results have moved the page meanwhile
  }

  listen() {
    const { panel, ran, failed } = this;
    this.lab.NotebookActions.executed.connect((_, { notebook, cell, success, error }) => {
      if (notebook !== panel.content || cell.model.type !== 'code') return;
      ran.add(cell.model.id);
      if (success) failed.delete(cell.model.id);
      else failed.set(cell.model.id, stopReason(cell) || error?.errorValue || '');
      this.head.update();
    });
    panel.sessionContext.kernelChanged.connect(() => ran.clear());
    panel.sessionContext.statusChanged.connect((_, status) => {
      if (/restarting/.test(status)) ran.clear();
    });
    panel.disposed.connect(() => this.head.dispose());
  }

  get cells() {
    return this.panel.content.widgets;
  }
  about(cell) {
    return cell.model.getMetadata('datakit') || {};
  }
  find(test) {
    return this.cells.find(cell => test(this.about(cell), cell));
  }

  // The tab says which session it is, and whether it is the lesson or the exercises (cahier.css shows it). Its label stays
  // the file's name: changing it would rename the file.
  named() {
    const { panel, mark } = this;
    const number = /^(\d\d)_/.exec(mark.source)?.[1];
    const kind = panel.context.path.includes('exercises') ? 'Exercices' : 'Séance';
    const label = number ? `${kind} ${Number(number)}` : 'Glossaire';
    const keep = () => panel.title.dataset['dk-nom'] !== label && (panel.title.dataset = { ...panel.title.dataset, 'dk-nom': label });
    panel.title.changed.connect(keep);
    keep();
  }

  goTo(fragment) {
    this.wanted = fragment;
    if (!this.ready) return true;
    const wanted = decodeURIComponent(fragment.replace(/^#/, ''));
    const index = this.cells.findIndex(cell => cell.model.id === `${wanted}-enonce` || cell.model.id === wanted);
    if (index < 0) return false;
    for (const type of ['wheel', 'keydown', 'mousedown']) this.panel.node.addEventListener(type, () => (this.wanted = null), { once: true });
    this.panel.content.activeCellIndex = index;
    requestAnimationFrame(() => this.cells[index].node.scrollIntoView({ block: 'start' }));
    return true;
  }

  scan() {
    if (this.panel.isDisposed) return;
    for (const cell of this.cells)
      if (!this.drawn.has(cell)) {
        this.drawn.set(cell, {});
        this.dress(cell);
      }
    this.underBets();
    this.lost();
    this.head.update();
  }

  dress(cell) {
    const about = this.about(cell);
    cell.node.setAttribute('role', 'article'); // what JupyterLab's list of cells, a « feed », must contain
    cell.node.parentElement?.setAttribute('aria-label', 'La page');
    cell.ready.then(() => cell.node.querySelector('.cm-content')?.setAttribute('aria-label', about.exercise ? `Code de ${about.exercise}` : 'Code'));
    if (cell.model.getMetadata('tags')?.includes('aide')) cell.node.classList.add('dk-absent', 'dk-aide-cellule');
    if (cell.model.type === 'markdown' && cell.model.getMetadata('editable') === false) cell.node.classList.add('dk-fixe');
    cell.model.outputs?.changed.connect(() => requestAnimationFrame(() => tidy(cell)));
    requestAnimationFrame(() => tidy(cell));
    if (about.bet) this.bet(cell, about.bet);
    if (about.form) this.form(cell, about);
    else if (about.exercise) this.exercise(cell, about.exercise);
    if (this.folds(cell)) {
      this.fold(cell, !this.shownCode);
      if (!about.form && !about.exercise && !about.verif) this.small(cell, about);
    }
  }

  top(cell, node) {
    cell.node.insertBefore(node, cell.node.querySelector(':scope > .jp-Cell-inputWrapper'));
    for (const type of ['mousedown', 'click', 'dblclick', 'contextmenu', 'keydown', 'dragstart', 'drop'])
      node.addEventListener(type, event => (event.ctrlKey || event.metaKey) && type === 'keydown' ? null : event.stopPropagation());
  }

  folds(cell) {
    const { run, form, verif } = this.about(cell);
    return cell.model.type === 'code' && Boolean(run || form || verif);
  }

  fold(cell, folded) {
    cell.syncCollapse = false; // how it is shown here is not written in the file
    cell.inputHidden = false;
    cell.node.classList.toggle('dk-plie', folded);
  }

  // « Voir le code » under a result, and « Lancer » where the person starts it; a challenge is verified with what answers it
  small(cell, about) {
    const line = el('p', { className: 'dk dk-lancer', style: 'margin-top:0;margin-bottom:0' });
    const start = () => this.run([...this.cells.filter(c => about.after && c.model.id === about.after), cell]);
    if (about.run === 'bouton')
      line.append(...buttons([{ label: about.after ? 'Vérifier le défi' : 'Lancer', name: 'lancer', run: start }]).children);
    if (cell.model.id !== 'outils') {
      const see = el('button', { type: 'button', className: 'dk-voir', textContent: 'Voir le code' });
      see.onclick = () => {
        const folded = !cell.node.classList.contains('dk-plie');
        this.fold(cell, folded);
        see.textContent = folded ? 'Voir le code' : 'Cacher le code';
      };
      line.append(see);
    }
    if (line.childNodes.length) this.top(cell, line);
  }

  showAll(shown) {
    this.shownCode = shown;
    this.panel.content.node.classList.toggle('dk-tout', shown);
    for (const cell of this.cells) if (this.folds(cell)) this.fold(cell, !shown);
  }

  // --- forms ------------------------------------------------------------------------------------------------------

  form(cell, about) {
    const state = this.drawn.get(cell);
    const { form, exercise } = about;
    const model = cell.model.sharedModel;
    const show = () => {
      const found = read(form, model.getSource());
      state.values = found || state.values || {};
      const title = exercise ? `Réponse de ${exercise}` : form.fields[0].text;
      const node = drawForm({
        form,
        title,
        values: state.values,
        changed: values => this.write(cell, form, values),
        choices: kind => this.ask('choices', kind).catch(() => []),
        actions: exercise ? this.actions(cell, exercise) : this.lessonActions(cell, form)
      });
      if (!found) node.prepend(this.coded(cell, form, show));
      state.node ? state.node.replaceWith(node) : null;
      state.node = node;
      this.top(cell, node);
    };
    show();
    state.show = show;
    state.written = model.getSource();
    model.changed.connect(() => {
      if (model.getSource() === state.written) return;
      clearTimeout(state.timer);
      state.timer = setTimeout(() => {
        if (cell.isDisposed || model.getSource() === state.written) return;
        state.written = model.getSource();
        show();
      }, 400);
    });
    if (form.shared) this.shared(cell, form, state);
  }

  // Code that a form cannot show is never rewritten behind the person's back.
  coded(cell, form, show) {
    this.fold(cell, false);
    const back = () => {
      this.write(cell, form, {});
      this.fold(cell, true);
      show();
    };
    return el('p', { className: 'dk-arret' }, 'Cette réponse est écrite en code, plus bas. ',
      el('button', { type: 'button', className: 'dk-second', textContent: 'Recommencer avec les boutons', onclick: back }));
  }

  write(cell, form, values) {
    const state = this.drawn.get(cell);
    state.written = write(form, values);
    cell.model.sharedModel.setSource(state.written);
    if (form.shared) {
      clearTimeout(state.sharing);
      state.sharing = setTimeout(() => this.ask('keep', form.shared, values).catch(() => null), 800);
    }
    this.head.update();
  }

  // What was written in the lesson is not typed again in the exercise.
  async shared(cell, form, state) {
    if (Object.keys(state.values).length) return;
    const kept = await this.ask('kept', form.shared).catch(() => null);
    const known = form.fields.filter(f => kept?.[f.key]);
    if (!known.length || Object.keys(state.values).length) return;
    this.write(cell, form, Object.fromEntries(known.map(f => [f.key, kept[f.key]])));
    state.show();
  }

  actions(cell, id) {
    const folded = cell.node.classList.contains('dk-plie');
    return [
      { label: 'Vérifier', main: true, name: 'verifier', run: () => this.verify(cell, id) },
      { label: 'Un indice', name: 'indice', run: () => this.note(cell, 'hint', id) },
      { label: 'La solution', name: 'solution', run: () => this.note(cell, 'solution', id) },
      ...(this.about(cell).form ? [{ label: 'Voir le code', name: 'code', run: () => this.toggle(cell) }] : []),
      { label: 'Remettre cet exercice', name: 'remettre', run: () => this.reset(cell, id) }
    ];
  }

  exercise(cell, id) {
    const node = el('form', { className: 'dk dk-barre', 'aria-label': `Exercice ${id}` }, buttons(this.actions(cell, id)));
    node.addEventListener('submit', event => {
      event.preventDefault();
      this.verify(cell, id);
    });
    this.drawn.get(cell).node = node;
    cell.node.append(node);
    for (const type of ['mousedown', 'click', 'keydown']) node.addEventListener(type, event => event.stopPropagation());
  }

  lessonActions(cell, form) {
    return [
      { label: form.go || 'Voir le résultat', main: true, name: 'voir', run: () => this.run([cell]) },
      ...(form.save ? form.files || ['xlsx', 'html'] : []).map(format => ({
        label: format === 'xlsx' ? 'Télécharger (Excel)' : 'Imprimer',
        name: format,
        run: () => this.take(cell, form, format)
      })),
      ...(form.room ? this.roomActions(cell) : []),
      { label: 'Voir le code', name: 'code', run: () => this.toggle(cell) }
    ];
  }

  // What a table hands to the room, and what the trainer projects
  roomActions(cell) {
    const rows = () => this.drawn.get(cell).values.rows || [];
    const shared = () => this.ask('share', rows()).then(() => 'Partagé : votre tableau est dans la matrice de la salle, sans nom.', () => 'Le dossier de la salle ne peut pas être écrit : le dire à qui anime.');
    const mine = [{ label: 'Partager avec la salle', name: 'partager', run: async () => this.show(cell, `<p>${await shared()}</p>`) }];
    if (!this.head.trainer) return mine;
    const matrix = async () => {
      const found = await this.ask('matrix').catch(() => ({ html: '<p>Le dossier de la salle ne se lit pas.</p>' }));
      const note = this.show(cell, found.html);
      if (found.data) note.append(el('p', {}, el('button', { type: 'button', className: 'dk-second', textContent: 'Télécharger la matrice (Excel)', onclick: () => this.download(found) })));
    };
    return [...mine, { label: 'La matrice de la salle', name: 'matrice', run: matrix }];
  }

  toggle(cell) {
    const folded = !cell.node.classList.contains('dk-plie');
    this.fold(cell, folded);
    const button = this.drawn.get(cell).node.querySelector('[data-dk=code]');
    button.textContent = folded ? 'Voir le code' : 'Cacher le code';
  }

  async verify(cell, id) {
    const check = this.find(about => about.verif === id);
    await this.run([cell, ...(check ? [check] : [])]);
    if (check) this.say(cell, plain(check).replace(/\n/g, ' '));
    await this.run(this.cells.filter(other => this.about(other).follows && !this.hidden(other)));
  }

  say(cell, text) {
    const node = this.drawn.get(cell).node;
    let live = node.querySelector('[aria-live]');
    if (!live) node.append((live = el('p', { className: 'dk-cache', 'aria-live': 'polite' })));
    live.textContent = text;
  }

  async note(cell, what, id) {
    const found = await this.ask(what, id).catch(() => ({ html: '<p>Python ne répond pas encore : réessayez dans un instant.</p>' }));
    this.show(cell, found.html);
  }

  // A note under the buttons of a form, written by datakit itself (course/desk.py)
  show(cell, html) {
    const node = this.drawn.get(cell).node;
    node.querySelector('.dk-aide')?.remove();
    const note = el('div', { className: 'dk-aide', tabIndex: -1, 'aria-live': 'polite' });
    note.innerHTML = html;
    node.querySelector('.dk-boutons').after(note);
    return note;
  }

  async reset(cell, id) {
    const { showDialog, Dialog } = this.lab;
    const answer = await showDialog({
      title: `Remettre ${id} comme au début ?`,
      body: 'Votre réponse sera effacée.',
      buttons: [Dialog.cancelButton({ label: 'Garder ma réponse' }), Dialog.warnButton({ label: 'Remettre' })],
      defaultButton: 0
    });
    if (!answer.button.accept) return;
    const { form } = this.about(cell);
    const state = this.drawn.get(cell);
    if (form) {
      state.values = {};
      this.write(cell, form, {});
      this.fold(cell, !this.shownCode);
      state.show();
    } else cell.model.sharedModel.setSource((await this.ask('starter', id)).source);
    this.find(about => about.verif === id)?.model.clearExecution();
    this.head.update();
  }

  // An answer's cell that is gone comes back by a button under its statement.
  lost() {
    for (const cell of this.cells) {
      const id = /^(E\d\d)-enonce$/.exec(cell.model.id)?.[1];
      const gone = id && !this.find(about => about.exercise === id);
      const state = this.drawn.get(cell);
      if (gone && !state.back) {
        const label = 'Remettre cet exercice';
        state.back = el('div', { className: 'dk dk-barre' }, el('p', { textContent: 'La réponse a disparu de la page.' }),
          el('button', { type: 'button', textContent: label, 'aria-label': `${label} : ${id}`, onclick: () => this.bring(cell, id) }));
        cell.node.append(state.back);
      } else if (!gone && state.back) {
        state.back.remove();
        delete state.back;
      }
    }
  }

  async bring(statement, id) {
    const { cell, check } = await this.ask('starter', id);
    const at = this.cells.indexOf(statement) + 1;
    const missing = this.find(about => about.verif === id) ? [cell] : [cell, check];
    this.panel.content.model.sharedModel.insertCells(at, missing);
  }

  async take(cell, form, format) {
    await this.run([cell]);
    const found = await this.ask('take', form.var, form.save, format).catch(() => null);
    if (!found) return this.say(cell, 'Le fichier n’a pas pu être écrit : fermez-le s’il est ouvert dans un tableur.');
    if (format === 'html') {
      const frame = el('iframe', { srcdoc: found.html, style: 'position:fixed;width:0;height:0;border:0', title: 'Impression' });
      frame.onload = () => frame.contentWindow.print();
      document.body.append(frame);
    } else {
      this.download(found);
    }
    this.say(cell, `Gardé aussi dans votre dossier : ${found.name}.`);
  }

  download({ data, name }) {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes]));
    el('a', { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  // --- bets -------------------------------------------------------------------------------------------------------

  bet(cell, bet) {
    const state = this.drawn.get(cell);
    const given = { pari: bet.answer };
    const field = bet.options.length
      ? { key: 'pari', kind: 'choix', text: 'Votre pari', options: bet.options.map(o => [o, o[0].toUpperCase() + o.slice(1)]) }
      : { key: 'pari', kind: 'texte', text: 'Votre pari' };
    const node = drawForm({
      form: { shape: 'value', fields: [field] },
      title: `Votre pari : ${bet.question}`,
      values: given,
      changed: () => bet.options.length && this.place(cell, given.pari),
      actions: [
        { label: 'Voir le résultat', main: true, name: 'resultat', run: () => this.place(cell, given.pari || '', true) },
        ...(this.head.trainer ? [{ label: 'Les votes de la salle', name: 'votes', run: () => this.votes(cell, bet.id) }] : [])
      ]
    });
    state.node = node;
    cell.node.append(node);
    for (const type of ['mousedown', 'click', 'dblclick', 'keydown']) node.addEventListener(type, event => event.stopPropagation());
  }

  answered(id) {
    const cell = this.find(about => about.bet?.id === id);
    return !cell || this.about(cell).bet.answer !== undefined;
  }

  async place(cell, answer, seen = false) {
    const about = this.about(cell);
    cell.model.setMetadata('datakit', { ...about, bet: { ...about.bet, answer } });
    if (answer) this.ask('cast', `${this.mark.session}/${about.bet.id}`, answer).catch(() => null);
    if (!seen && this.head.trainer) return; // the trainer shows the votes first
    this.underBets();
    const under = this.cells.filter(c => this.about(c).under === about.bet.id && c.model.type === 'code');
    await this.run(under);
  }

  underBets() {
    for (const cell of this.cells) {
      const { under } = this.about(cell);
      if (under) cell.node.classList.toggle('dk-absent', !this.answered(under));
    }
  }

  // Shown before the result, and counted again while it is looked at
  async votes(cell, id) {
    const count = () => this.ask('votes', `${this.mark.session}/${id}`).catch(() => ({ html: '<p>Python ne répond pas encore.</p>' }));
    const note = this.show(cell, (await count()).html);
    const timer = setInterval(async () => {
      if (!note.isConnected) return clearInterval(timer);
      if (!note.offsetParent) return;
      const { html } = await count();
      if (html !== note.innerHTML) note.innerHTML = html;
    }, 3000);
  }

  // --- running ----------------------------------------------------------------------------------------------------

  hidden(cell) {
    const { under } = this.about(cell);
    return Boolean(under) && !this.answered(under);
  }

  // What a page needs by itself (tools, figures that no bet hides), without a key.
  async opening() {
    await this.panel.sessionContext.ready;
    const todo = this.cells.filter(cell => cell.model.type === 'code' && this.about(cell).run === 'auto' && !this.hidden(cell));
    this.ask('context').then(found => {
      this.head.know(found);
      if (found.trainer) this.forTrainer();
    }).catch(() => null);
    await this.run(todo);
  }

  // Who presents has more buttons: known once Python answers, when the forms are already there
  forTrainer() {
    for (const cell of this.cells) {
      const { bet, form } = this.about(cell);
      const state = this.drawn.get(cell);
      if (bet && state?.node) {
        state.node.remove();
        this.bet(cell, bet);
      } else if (form?.room) state?.show();
    }
  }

  async run(targets) {
    const { panel } = this;
    await panel.sessionContext.ready;
    if (!panel.sessionContext.session?.kernel) await panel.sessionContext.restartKernel();
    const last = Math.max(...targets.map(cell => this.cells.indexOf(cell)));
    await this.before(targets, last);
    const top = panel.content.node.querySelector('.jp-WindowedPanel-outer') || panel.content.node;
    const place = top.scrollTop;
    let moved = false;
    for (const type of ['wheel', 'keydown', 'mousedown', 'touchmove']) panel.node.addEventListener(type, () => (moved = true), { once: true });
    if (targets.length) await this.execute(targets);
    if (!moved) top.scrollTop = place;
    this.head.update();
  }

  // As it starts, JupyterLab takes the focus from the form to a cell, where a letter is a command: the focus goes back at
  // once. Never later: the person may have gone elsewhere meanwhile.
  execute(targets) {
    const { panel, lab } = this;
    const focused = document.activeElement;
    const running = lab.NotebookActions.runCells(panel.content, targets, panel.sessionContext);
    let frames = 10;
    const back = () => {
      const now = document.activeElement;
      if (now !== focused && (now === panel.content.node || now?.matches('.jp-Cell, body'))) focused.focus({ preventScroll: true });
      else if (frames--) requestAnimationFrame(back);
    };
    if (focused?.closest('.dk') && panel.content.node.contains(focused)) requestAnimationFrame(back);
    return running;
  }

  // Cells above that these need and that this kernel has not run: shown ones as usual, those under a bet without a trace.
  async before(targets, last) {
    for (const cell of this.cells.slice(0, Math.max(0, last))) {
      const { exercise, verif } = this.about(cell);
      if (cell.model.type !== 'code' || exercise || verif || targets.includes(cell) || this.ran.has(cell.model.id)) continue;
      if (this.hidden(cell) || this.about(cell).form) {
        await this.silently(cell);
      } else await this.execute([cell]);
    }
  }

  async silently(cell) {
    const kernel = this.panel.sessionContext.session.kernel;
    this.ran.add(cell.model.id);
    await kernel.requestExecute({ code: cell.model.sharedModel.getSource(), silent: true, store_history: false, stop_on_error: false }).done;
  }

  // A question to datakit in the kernel (datakit/course/desk.py), outside the notebook's cells.
  async ask(name, ...given) {
    await this.panel.sessionContext.ready;
    const kernel = this.panel.sessionContext.session?.kernel;
    const words = JSON.stringify(JSON.stringify([name, ...given]));
    const expression = `__import__("datakit.course.desk", fromlist=["answer"]).answer(${words})`;
    const reply = await kernel.requestExecute({ code: '', silent: true, store_history: false, user_expressions: { r: expression } }).done;
    const found = reply.content.user_expressions?.r;
    if (found?.status !== 'ok') throw Error(found?.evalue || 'noyau');
    return found.data['application/json'];
  }

  exercises() {
    return this.cells.filter(cell => this.about(cell).exercise).map(cell => {
      const { exercise, form } = this.about(cell);
      const check = this.find(about => about.verif === exercise);
      return { id: exercise, form, cell, done: Boolean(check && DONE.test(plain(check))) };
    });
  }
}

// An empty heading of a table (pandas writes some) says nothing to a screen reader.
function tidy(cell) {
  for (const head of cell.node.querySelectorAll('th:empty')) head.outerHTML = '<td></td>';
}

function stopReason(cell) {
  const error = cell.model.outputs.toJSON().find(o => o.output_type === 'error');
  return error ? error.evalue : '';
}
