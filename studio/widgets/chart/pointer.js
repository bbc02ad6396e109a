// Pointer and arrow keys move the crosshair; the read-out beside it names every curve's value there.

import { sample } from './ink.js';
import { extent, nearest } from './series.js';
import { duration, short } from './ticks.js';

const MARGIN = 14;

export class Pointer {
  constructor(chart) {
    this.chart = chart;
    this.box = document.createElement('div');
    this.box.className = 'readout';
    this.box.hidden = true;
    this.voice = document.createElement('div');
    this.voice.className = 'voice';
    this.voice.setAttribute('role', 'status');
    chart.plot.append(this.box, this.voice);
    chart.top.addEventListener('pointermove', (event) => this.move(event));
    chart.top.addEventListener('pointerdown', (event) => this.move(event));
    chart.top.addEventListener('pointerleave', (event) => {
      // A finger that is lifted leaves the read-out where it was.
      if (event.pointerType === 'mouse') chart.look(null);
    });
    chart.top.addEventListener('keydown', (event) => this.key(event));
    chart.top.addEventListener('blur', () => chart.look(null));
  }

  move(event) {
    const { place, curves } = this.chart;
    if (!place) return;
    const { left, right } = place.frame;
    const px = event.clientX - this.chart.top.getBoundingClientRect().left;
    const share = Math.min(1, Math.max(0, (px - left) / (right - left)));
    this.chart.look(closest(curves, place.x[0] + share * (place.x[1] - place.x[0])));
  }

  key(event) {
    const { place, curves, at } = this.chart;
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    const x = longest(curves);
    const here = at === null ? x.length - 1 : nearest(x, at);
    const far = event.shiftKey ? Math.max(2, Math.round(x.length / 20)) : 1;
    const moves = { ArrowLeft: here - far, ArrowRight: here + far, Home: 0, End: x.length - 1 };
    if (event.key === 'Escape') this.chart.look(null);
    else if (event.key in moves) {
      const to = Math.min(x.length - 1, Math.max(0, at === null ? here : moves[event.key]));
      this.chart.look(x[to], true);
    } else return;
    event.preventDefault();
  }

  show(points, spoken) {
    this.box.hidden = !points.length;
    if (!points.length) return;
    const { at, place, options } = this.chart;
    const where = options.secondsX ? duration(at) : `${options.xLabel} ${short(at)}`.trim();
    const title = document.createElement('div');
    title.className = 'where';
    title.textContent = where;
    const rows = points.map((point) => row(point));
    this.box.replaceChildren(title, ...rows.flat());
    this.box.classList.toggle('wide', rows.length > 10);
    this.box.dataset.at = at;
    if (spoken) {
      this.voice.textContent = [where, ...rows.map((cells) =>
        `${cells[1].textContent} ${cells[2].textContent}`)].join(', ');
    }
    this.settle(place);
  }

  // Beside the crosshair, on the side with more room.
  settle({ frame, toX }) {
    const x = toX(this.chart.at);
    const width = this.box.offsetWidth;
    const right = x + MARGIN + width <= frame.width - 4;
    const left = right ? x + MARGIN : Math.max(4, x - MARGIN - width);
    this.box.style.transform = `translate(${Math.round(left)}px, ${frame.top}px)`;
  }
}

function row({ curve, y }) {
  const name = document.createElement('span');
  name.className = 'name';
  name.textContent = curve.label;
  const value = document.createElement('span');
  value.className = 'value';
  value.textContent = (curve.format ?? short)(y);
  return [sample(curve.colour, curve.dash), name, value];
}

// The measured place nearest to `at`: the crosshair never stands between points.
function closest(curves, at) {
  const near = curves.map((one) => one.x[nearest(one.x, at)]);
  return near.reduce((best, x) => (Math.abs(x - at) < Math.abs(best - at) ? x : best));
}

function longest(curves) {
  const [, most] = extent([curves.map((one) => one.x.length)]);
  return curves.find((one) => one.x.length === most).x;
}
