// How far out a code lies: the density of the radius of draws from N(0, I), and a mark where the code is.

import { Paper } from './paper.js';

export class Gauge {
  constructor(canvas) {
    this.canvas = canvas;
    this.paper = new Paper(canvas, (context, paper) => this.paint(context, paper));
  }

  show({ radius: expected, latent_dim: size }, radius) {
    Object.assign(this, { expected, size, radius });
    this.paper.ask();
  }

  paint(context, { width, height, colours }) {
    const { canvas, expected, size, radius } = this;
    if (!expected) return;
    const farthest = Math.max(expected.curve.at(-1)[0], radius * 1.08);
    const highest = Math.max(...expected.curve.map(([, density]) => density));
    const [left, right, base] = [4, width - 4, height - 15];
    const x = (r) => left + ((right - left) * r) / farthest;
    const y = (density) => base - ((base - 16) * density) / highest;
    context.beginPath();
    context.moveTo(x(0), base);
    for (const [r, density] of expected.curve) context.lineTo(x(r), y(density));
    context.lineTo(x(expected.curve.at(-1)[0]), base);
    context.fillStyle = colours.faint;
    context.fill();
    context.strokeStyle = colours.line;
    context.beginPath();
    context.moveTo(left, base + 0.5);
    context.lineTo(right, base + 0.5);
    context.stroke();
    context.fillStyle = colours.subdued;
    context.font = `11px ${colours.font}`;
    context.textAlign = 'center';
    const words = `draws of N(0, I): ‖z‖ = ${expected.mean.toFixed(2)} ± ${expected.std.toFixed(2)}, √${size} = ${Math.sqrt(size).toFixed(2)}`;
    const half = context.measureText(words).width / 2;
    context.fillText(words, Math.max(left + half, Math.min(right - half, x(expected.mean))), height - 3);
    // The other axis, on the side where the mark is not.
    const far = x(radius) > (left + right) / 2;
    context.textAlign = far ? 'left' : 'right';
    context.fillText('↑ density', far ? left : right, 11);
    context.textAlign = 'center';
    context.strokeStyle = colours.accent;
    context.lineWidth = 2.5;
    context.beginPath();
    context.moveTo(x(radius), base);
    context.lineTo(x(radius), 14);
    context.stroke();
    context.fillStyle = colours.text;
    context.font = `600 12px ${colours.font}`;
    context.fillText(`‖z‖ = ${radius.toFixed(2)}`, Math.min(right - 40, Math.max(left + 40, x(radius))), 11);
    canvas.setAttribute('aria-label', `Radius ${radius.toFixed(2)}; draws from the prior have `
      + `${expected.mean.toFixed(2)} plus or minus ${expected.std.toFixed(2)}.`);
  }
}
