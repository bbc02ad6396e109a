// Pictures as files.

const SIDE = 512;

// A picture enlarged to 512 pixels, as a PNG file.
export function savePng(picture, name, failed) {
  const canvas = document.createElement('canvas');
  const scale = Math.max(1, SIDE / Math.max(picture.width, picture.height));
  Object.assign(canvas, { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    if (blob) download(blob, name);
    else failed(new Error('The picture could not be made into a file.'));
  }, 'image/png');
}

export function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
