/** A layer's numbers on the page, and below them what the chosen one is made of. */
import {complain, el} from './text.js';
import {termsView} from './terms.js';

export class LayerView {
  /**
   * @param head what stands above
   * @param tiles the numbers
   * @param explain gives the products that make a unit, of (tile, y, x)
   * @param equation that they follow
   */
  constructor(head, tiles, explain, equation) {
    this.tiles = tiles;
    this.explain = explain;
    this.equation = equation;
    this.panel = el('div', {'aria-live': 'polite'});
    tiles.choose = (tile, y, x) => this.open(tile, y, x);
    this.element = el('section', {class: 'layer'}, head, tiles.element, this.panel);
  }

  show(values) {
    this.tiles.show(values);
  }

  async open(tile, y, x) {
    this.chosen = [tile, y, x];
    try {
      const terms = await this.explain(tile, y, x);
      this.panel.replaceChildren(termsView(terms, this.equation, () => this.close(true)));
      this.opened?.(terms);
    } catch (error) {
      complain(error);
    }
  }

  /** Looks again at the chosen unit, after its numbers have changed. */
  refresh() {
    if (this.chosen) this.open(...this.chosen);
  }

  close(focus) {
    if (!this.chosen) return;
    this.chosen = null;
    this.panel.replaceChildren();
    this.tiles.clearMarks();
    this.closed?.();
    if (focus) this.tiles.canvas.focus();
  }
}
