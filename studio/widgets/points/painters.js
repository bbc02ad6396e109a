// Which painter a map has: WebGL2 where there is some, and the canvas one where there is none, where it
// is only imitated in software, or where it went away for good.

import { FlatPainter } from './flat.js';
import { GlPainter } from './gl.js';

const PATIENCE_MS = 1500;
const ASKED = { antialias: false, depth: false, stencil: false, alpha: true, powerPreference: 'high-performance' };

// Imitations of a graphics device by the processor; the canvas painter is quicker there.
const IMITATED = /swiftshader|llvmpipe|softpipe|software|basic render/i;

// `map` has {base, redraw(), renew(painter)}; `wanted`: 'webgl' even where it is imitated, 'canvas', or undefined.
export function choosePainter(map, wanted) {
  const plain = wanted === 'canvas' || (wanted !== 'webgl' && !accelerated());
  const gl = plain ? null : map.base.getContext('webgl2', ASKED);
  if (!gl) return new FlatPainter(map.base, () => map.redraw());
  let waiting = 0;
  const lost = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => map.renew(instead(map)), PATIENCE_MS);
  };
  const restored = () => {
    clearTimeout(waiting);
    // Too late: another canvas has taken its place.
    if (painter.canvas === map.base) map.renew(painter);
  };
  let painter;
  try {
    painter = new GlPainter(map.base, gl, { lost, restored });
  } catch (error) {
    console.warn(error);
    return instead(map);
  }
  return painter;
}

// A canvas that once had one kind of context can have no other.
function instead(map) {
  const canvas = map.base.cloneNode();
  map.base.replaceWith(canvas);
  map.base = canvas;
  return new FlatPainter(canvas, () => map.redraw());
}

// Asked of a canvas of its own: one that has had WebGL cannot be painted otherwise.
function accelerated() {
  const gl = document.createElement('canvas').getContext('webgl2', { ...ASKED, failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const named = gl.getExtension('WEBGL_debug_renderer_info');
  const name = gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !IMITATED.test(name);
}
