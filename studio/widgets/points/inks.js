// The colours that are not the points' own, for a light and a dark page.

const DARK = {
  ground: [15, 22, 37], ring: [255, 255, 255], shade: [0, 0, 0], chosen: [125, 249, 255],
  faint: 0.55, strong: 0.8, line: '#ffffff', under: 'rgb(0 0 0 / 55%)', queue: '#7df9ff',
  glow: ['rgb(125 249 255 / 75%)', 'rgb(125 249 255 / 24%)', 'rgb(125 249 255 / 0%)'],
  wash: 'rgb(125 249 255 / 12%)', plate: 'rgb(6 11 22 / 88%)', text: '#f4f8ff',
};
const LIGHT = {
  ground: [250, 251, 254], ring: [16, 24, 39], shade: [255, 255, 255], chosen: [0, 103, 122],
  faint: 0.55, strong: 0.8, line: '#101827', under: 'rgb(255 255 255 / 75%)', queue: '#00677a',
  glow: ['rgb(0 145 178 / 60%)', 'rgb(0 145 178 / 20%)', 'rgb(0 145 178 / 0%)'],
  wash: 'rgb(0 103 122 / 10%)', plate: 'rgb(255 255 255 / 94%)', text: '#101827',
};

export function inks() {
  return document.body.classList.contains('dark') ? DARK : LIGHT;
}

export function onTheme(act) {
  new MutationObserver(act).observe(document.body, { attributeFilter: ['class'] });
}
