// Raw uint8 images (rows of grey or RGB bytes) onto canvases.

// Fill an ImageData from `channels` bytes a pixel, starting at `offset`.
export function fill(image, pixels, channels, offset = 0) {
  const data = image.data;
  const count = image.width * image.height;
  for (let i = 0, from = offset, to = 0; i < count; i += 1, from += channels, to += 4) {
    data[to] = pixels[from];
    data[to + 1] = pixels[from + (channels > 1 ? 1 : 0)];
    data[to + 2] = pixels[from + (channels > 1 ? 2 : 0)];
    data[to + 3] = 255;
  }
  return image;
}

// A canvas of one image's own size, for drawing it scaled.
export function toCanvas(pixels, [channels, height, width], offset = 0) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  context.putImageData(fill(context.createImageData(width, height), pixels, channels, offset), 0, 0);
  return canvas;
}
