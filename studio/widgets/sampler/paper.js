// A small canvas that is drawn at most once a frame, as sharp as the display, in the theme's colours. Its
// size and the colours are looked up when they change, so that nothing waits for a layout under a drag.

export class Paper {
  // draw(context, {width, height, colours}) in CSS pixels.
  constructor(canvas, draw) {
    Object.assign(this, { canvas, draw, width: 0, height: 0, colours: null, asked: 0 });
    new ResizeObserver(([{ contentRect }]) => {
      Object.assign(this, { width: contentRect.width, height: contentRect.height, colours: null });
      this.ask();
    }).observe(canvas);
    window.addEventListener('studio-theme', () => {
      this.colours = null;
      this.ask();
    });
  }

  ask() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.paint();
    });
  }

  paint() {
    const { canvas, width, height } = this;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineWidth = 1;
    this.colours ??= coloursOf(canvas);
    this.draw(context, { width, height, colours: this.colours });
  }
}

function coloursOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    text: value('--body-text-color'),
    subdued: value('--body-text-color-subdued'),
    accent: value('--sampler-accent'),
    faint: value('--sampler-faint'),
    band: value('--sampler-band'),
    line: value('--border-color-primary'),
    font: value('--font-mono'),
  };
}
