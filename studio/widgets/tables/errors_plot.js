// How far each column is off: the root mean square of original minus reconstructed, on a scale on which
// 1 is the column's own standard deviation, with the figures in the column's units at the side.

import { tickLabel, ticks } from '../chart/ticks.js';
import { elided, FONT, rule, SMALL, STRONG } from './axes.js';
import { Plot } from './plot.js';
import { named, plain, told } from './words.js';

const TOP = 30;
const BOTTOM = 38;
const RIGHT = 132;
const ROW = { least: 23, most: 54 };
const FINE = 8;

// The height of a row where there is so much room, and of all rows.
export function heights(count, room) {
  const row = Math.min(ROW.most, Math.max(ROW.least, Math.floor((room - TOP - BOTTOM) / count)));
  return { row, all: TOP + BOTTOM + row * count };
}

export class ErrorsPlot extends Plot {
  // It is as high as its rows.
  get least() {
    return 0;
  }

  // data: {columns: [{name, unit, std, rmse_train, rmse_test, pca_train, pca_test}], at: their places in
  // the table, row: height of one, most, values, made, colour}
  compose(context, width) {
    const { columns, most, row } = this.data;
    const { ink } = this;
    context.font = FONT;
    const names = columns.map((column) => context.measureText(plain(column)).width);
    const left = Math.min(0.36 * width, Math.max(60, ...names) + 16);
    const right = width - RIGHT;
    this.toX = (v) => left + (v / most) * (right - left);
    this.frame_ = { left, right, top: TOP, bottom: TOP + row * columns.length };
    this.at = new Float32Array(0);
    const { bottom } = this.frame_;
    const scale = ticks(0, most, Math.max(2, Math.floor((right - left) / 64)));
    context.textBaseline = 'middle';
    context.lineWidth = 1;
    context.textAlign = 'center';
    for (const v of scale.values) {
      const x = Math.round(this.toX(v)) + 0.5;
      rule(context, v === 0 ? ink.axis : ink.grid, x, TOP, x, bottom);
      context.fillStyle = ink.text;
      context.fillText(tickLabel(v, scale.step), x, bottom + 12);
    }
    context.textAlign = 'right';
    context.fillText('standard deviations of the column', right, bottom + 28);
    this.heads(context, right);
    columns.forEach((column, i) => this.row(context, column, TOP + row * (i + 0.5)));
  }

  heads(context, right) {
    const { ink, data: { colour } } = this;
    context.font = SMALL;
    context.textAlign = 'left';
    const marks = [[disc, 'held out'], [ring, 'training'], [diamond, 'PCA']];
    let x = 12;
    for (const [mark, words] of marks) {
      mark(context, x, 11, colour, ink);
      context.fillStyle = ink.text;
      context.fillText(words, x + 10, 11.5);
      x += context.measureText(words).width + 26;
    }
    context.textAlign = 'right';
    // With little room the marks speak for the columns of figures, too.
    if (x > right + 24) return;
    context.fillText('held out', right + 72, 11.5);
    context.fillText('PCA', right + 126, 11.5);
  }

  row(context, column, y) {
    const { ink, frame_: frame, toX } = this;
    const { std, rmse_train: train, rmse_test: test, pca_test: pca } = column;
    const { colour } = this.data;
    const fine = { std: std / FINE };
    const at = (v) => toX(v / (std || 1));
    context.font = FONT;
    context.textAlign = 'right';
    context.fillStyle = ink.strong;
    context.fillText(elided(context, plain(column), frame.left - 14), frame.left - 10, y);
    context.fillStyle = colour;
    context.globalAlpha = 0.2;
    context.fillRect(frame.left, y - 5, Math.max(0, at(test) - frame.left), 10);
    context.globalAlpha = 1;
    if (pca !== null) diamond(context, at(pca), y, colour, ink);
    ring(context, at(train), y, colour, ink);
    disc(context, at(test), y, colour, ink);
    context.textAlign = 'right';
    const compared = pca !== null;
    const better = compared && test <= pca;
    context.font = better ? STRONG : FONT;
    context.fillStyle = better || !compared ? ink.strong : ink.text;
    context.fillText(`${told(test, fine)}${column.unit ? ` ${column.unit}` : ''}`, frame.right + 72, y);
    context.font = better || !compared ? FONT : STRONG;
    context.fillStyle = better || !compared ? ink.text : ink.strong;
    context.fillText(told(pca, fine), frame.right + 126, y);
    context.font = FONT;
  }

  // How far the row that is looked at is off itself.
  overlay(context) {
    const { columns, values, made, at, row: height } = this.data;
    const { hovered, selected } = this.host;
    const row = hovered >= 0 ? hovered : selected;
    if (row < 0 || !made || !this.frame_) return;
    const { right } = this.frame_;
    context.fillStyle = this.ink.strong;
    columns.forEach(({ std }, i) => {
      const x = this.toX(Math.abs(values[row][at[i]] - made[row][at[i]]) / (std || 1));
      const y = TOP + height * (i + 0.5);
      context.beginPath();
      if (x > right) arrow(context, right + 8, y - 9);
      else {
        context.moveTo(x, y - 5);
        context.lineTo(x - 4.5, y - 13);
        context.lineTo(x + 4.5, y - 13);
      }
      context.fill();
    });
  }

  moved(event) {
    const [x, y] = this.place(event);
    const { row } = this.data ?? {};
    const i = Math.floor((y - TOP) / row);
    const column = this.data?.columns[i];
    this.pointed = Boolean(column);
    this.note.hidden = !column;
    if (!column) return;
    const fine = { std: column.std / FINE };
    const off = (v) => told(v, fine);
    this.note.textContent = `${named(column)}: ${off(column.rmse_train)} on training rows, ${off(column.rmse_test)} held out${column.pca_test === null ? '' : `, ${off(column.pca_test)} by PCA`}; its spread is ${off(column.std)}`;
    const w = this.note.offsetWidth;
    const left = Math.max(2, Math.min(x - w / 2, this.element.clientWidth - w - 4));
    const top = TOP + row * (i + 0.5) + 12;
    this.note.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  left() {
    this.pointed = false;
    this.note.hidden = true;
  }

  hit() {
    return -1;
  }

  describe() {
    const said = this.data.columns.slice(0, 12).map((column) => `${plain(column)} ${told(column.rmse_test, { std: column.std / FINE })}, PCA ${told(column.pca_test, { std: column.std / FINE })}`);
    return `Reconstruction errors of ${this.data.columns.length} columns on held-out rows beside those of PCA: ${said.join('; ')}.`;
  }
}

function disc(context, x, y, colour, ink) {
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1.4;
  context.strokeStyle = ink.ground;
  context.stroke();
}

function ring(context, x, y, colour, ink) {
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fillStyle = ink.ground;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.stroke();
}

function diamond(context, x, y, colour, ink) {
  context.beginPath();
  context.moveTo(x, y - 6.5);
  context.lineTo(x + 5, y);
  context.lineTo(x, y + 6.5);
  context.lineTo(x - 5, y);
  context.closePath();
  context.lineWidth = 1.8;
  context.strokeStyle = ink.strong;
  context.stroke();
}

function arrow(context, x, y) {
  context.moveTo(x, y);
  context.lineTo(x - 8, y - 5);
  context.lineTo(x - 8, y + 5);
}
