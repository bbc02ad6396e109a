// The pictures as a PNG file: every pixel of the model as a square of whole screen pixels.

const SIDE = 1024;

export function saveSheet(sampler, panes) {
  const shown = panes.filter((pane) => pane.canvas.width > 1);
  if (!shown.length) return;
  const factor = Math.max(1, Math.floor(SIDE / Math.max(...shown.map((pane) => pane.canvas.width))));
  const gap = 4 * factor;
  const sheet = document.createElement('canvas');
  sheet.width = shown.reduce((sum, pane) => sum + factor * pane.canvas.width + gap, -gap);
  sheet.height = Math.max(...shown.map((pane) => factor * pane.canvas.height));
  const context = sheet.getContext('2d');
  context.imageSmoothingEnabled = false;
  let left = 0;
  for (const { canvas } of shown) {
    context.drawImage(canvas, left, 0, factor * canvas.width, factor * canvas.height);
    left += factor * canvas.width + gap;
  }
  sheet.toBlob((blob) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${shown.map(({ about }) => about.name).join('-')}-${sampler.mode}-${sampler.show === 'plane' ? 'plane' : `seed${sampler.seed}`}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }, 'image/png');
}
