// The latent map, with how well it tells the classes apart beside PCA and t-SNE.

import { make } from '../../scene/parts.js';
import { around, extents, MapPlot } from '../map_plot.js';
import { figure, mapWords, named } from '../words.js';
import { View } from './view.js';

const MEASURES = [
  ['knn', '5 neighbours', 'Share of held-out rows whose five nearest rows in the plane have their class'],
  ['ari', 'clusters', 'Agreement of k-means clusters with the classes (adjusted Rand index): 1 is perfect, 0 is chance'],
  ['silhouette', 'silhouette', 'How much nearer a row is to its own class than to the next: 1 is far apart, 0 is mixed'],
];
const METHODS = [['vae', 'this model'], ['pca', 'PCA'], ['tsne', 't-SNE']];

export class MapView extends View {
  constructor(pane) {
    super(pane);
    this.plot = new MapPlot(this.box(), this.host, 'The latent plane.');
    this.measures = make('div', { className: 'measures' });
    this.under.prepend(this.measures);
  }

  async ready() {
    const { facts, host } = this;
    await host.bothLooks();
    const look = await facts.look();
    if (!look.xy) return { look };
    // Decoded over the shown part of the plane, so that both planes stand in the same scales.
    const extent = extents(host.looks);
    const field = host.column >= 0 && host.table.here && host.decodes !== false
      ? await facts.field(host.column, around(extent)) : null;
    return { look, extent, field };
  }

  draw({ look, extent, field }) {
    const { host } = this;
    const about = host.table.summary[host.column];
    this.plot.show({
      look, extent, field, range: about ? [about.min, about.max] : [0, 1], column: about, title: about ? named(about) : '',
    });
    if (host.table.here) this.measure();
    else {
      this.measures.hidden = true;
      this.say(host.table.sentence);
    }
  }

  // The figures take their time; the map does not wait for them.
  async measure() {
    const { facts } = this;
    this.measures.dataset.state = facts.here.quality ? 'there' : 'waiting';
    if (!facts.here.quality) this.say('Comparing with PCA and t-SNE …');
    try {
      const quality = await facts.quality();
      if (facts === this.facts) this.fill(quality);
    } catch (error) {
      if (facts === this.facts) this.say(error.message);
    }
  }

  fill(quality) {
    const labelled = quality.vae.knn !== null || quality.vae.ari !== null;
    this.measures.dataset.state = 'there';
    this.measures.hidden = !labelled;
    this.say([mapWords(quality), quality.sentence].filter(Boolean).join(' '));
    if (!labelled) return;
    this.measures.replaceChildren(...MEASURES.map(([key, name, title]) => {
      const values = METHODS.map(([method]) => quality[method]?.[key] ?? null);
      const best = Math.max(...values.filter((v) => v !== null));
      const cells = METHODS.map(([method, label], i) => {
        const cell = make('div', { className: 'measured', 'data-method': method, 'data-best': String(values[i] !== null && values[i] === best) },
          make('span', { textContent: label }), make('i'), make('b', { textContent: figure(values[i]) }));
        cell.style.setProperty('--share', Math.min(1, Math.max(0, values[i] ?? 0)));
        return cell;
      });
      return make('div', { className: 'measure', title }, make('h4', { textContent: name }), ...cells);
    }));
  }

  picture(title) {
    return this.plot.picture(title, this.legend);
  }
}
