// The tunnel: a hexagon of decoded pictures around the way ahead, moving past in perspective (WebGL).

import { END, PANELS, RINGS, SLOTS, Stations } from './stations.js';

const FIELD = 1.35;
const FLOATS = 8;
const SHARPNESS = [1, 0.75, 0.55, 0.4];
const VERTEX = `#version 300 es
in vec3 place; in vec2 corner; in float layer; in float later; in float tint;
uniform vec2 lens;
out vec3 at; out float away; flat out float rim; flat out float next;
void main() {
  at = vec3(corner, layer); away = place.z; rim = tint; next = later;
  gl_Position = vec4(place.xy * lens, place.z * 1.002 - 0.1, place.z);
}`;
const FRAGMENT = `#version 300 es
precision mediump float; precision mediump sampler2DArray;
in vec3 at; in float away; flat in float rim; flat in float next;
uniform sampler2DArray pictures; uniform float colourful; uniform float fade;
out vec4 colour;
void main() {
  vec3 seen = texture(pictures, at).rgb;
  if (fade > 0.0) seen = mix(seen, texture(pictures, vec3(at.xy, next)).rgb, fade);
  seen = mix(seen.rrr, seen, colourful);
  vec2 p = abs(at.xy - 0.5);
  float edge = max(p.x, p.y);
  float inside = 1.0 - smoothstep(0.462, 0.474, edge);
  float glow = smoothstep(0.36, 0.47, edge) * 0.5 + smoothstep(0.455, 0.468, edge) * 0.5;
  vec3 line = mix(vec3(1.0, 0.58, 0.18), vec3(0.22, 0.72, 0.95), rim);
  vec3 ground = vec3(0.016, 0.03, 0.068);
  vec3 wall = (seen * 0.94 + vec3(0.035, 0.055, 0.11)) * inside + line * glow * inside * 0.55;
  float fog = exp(-0.17 * max(away - 0.4, 0.0));
  float window = step(1.5, rim);
  float round = 1.0 - smoothstep(0.40, 0.5, length(at.xy - 0.5));
  colour = vec4(mix(ground, wall, fog * inside * smoothstep(-0.3, 1.3, away)), 1.0);
  if (window > 0.5) colour = vec4(seen * 0.95 + vec3(0.03, 0.06, 0.12), 1.0) * round;
}`;

export class Tunnel {
  constructor(canvas, flight) {
    Object.assign(this, { canvas, flight });
    this.stations = new Stations(flight);
    // The walls draw their own soft edges.
    this.gl = canvas.getContext('webgl2', { alpha: false, antialias: false });
    this.level = 0;
    this.slow = 0;
    if (!this.gl) return;
    const { gl } = this;
    if (/swiftshader|llvmpipe|software/i.test(gl.getParameter(gl.RENDERER))) this.level = 1;
    this.prepare();
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.lost?.();
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.prepare();
      if (this.channels) this.open([this.channels, this.height, this.width]);
    });
  }

  get works() {
    return Boolean(this.gl) && !this.gl.isContextLost();
  }

  prepare() {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    let offset = 0;
    for (const [name, size] of [['place', 3], ['corner', 2], ['layer', 1], ['later', 1], ['tint', 1]]) {
      const at = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, gl.FLOAT, false, 4 * FLOATS, 4 * offset);
      offset += size;
    }
    this.lens = gl.getUniformLocation(program, 'lens');
    this.colourful = gl.getUniformLocation(program, 'colourful');
    this.fade = gl.getUniformLocation(program, 'fade');
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.vertices = new Float32Array((RINGS * PANELS + 1) * 6 * FLOATS);
  }

  open([channels, height, width]) {
    Object.assign(this, { channels, height, width });
    this.stations.clear();
    if (!this.gl) return;
    const { gl } = this;
    const layers = SLOTS * PANELS + 1;
    gl.deleteTexture(this.texture);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.texture);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, channels === 1 ? gl.R8 : gl.RGB8, width, height, layers);
    for (const [name, value] of [
      ['MIN_FILTER', 'LINEAR'], ['MAG_FILTER', 'LINEAR'], ['WRAP_S', 'CLAMP_TO_EDGE'], ['WRAP_T', 'CLAMP_TO_EDGE'],
    ]) gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl[`TEXTURE_${name}`], gl[value]);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.uniform1f(this.colourful, channels === 3 ? 1 : 0);
    this.kept = new Uint8Array(layers * channels * height * width);
  }

  // Pictures of rings, six each.
  receive(rings, pixels, density) {
    if (!this.works) return;
    const size = this.channels * this.height * this.width;
    rings.forEach((id, n) => {
      const slot = this.stations.slot(id);
      const index = this.stations.place(id);
      const same = slot.id === id;
      const from = n * PANELS;
      slot.id = id;
      slot.rounds = same ? slot.rounds + 1 : this.flight.auto.playing ? SETTLED_AT_ONCE : 1;
      slot.charted = density.slice(from, from + PANELS);
      for (let m = 0; m < PANELS; m += 1) {
        const part = pixels.subarray((from + m) * size, (from + m + 1) * size);
        this.put(index * PANELS + m, part, same ? 0.6 : 1);
      }
    });
  }

  // The picture at the tunnel's end, blended into the one that is there.
  showEnd(pixels, share) {
    if (this.works) this.put(SLOTS * PANELS, pixels, share);
  }

  put(layer, pixels, share) {
    const { gl, kept, width, height } = this;
    const from = layer * pixels.length;
    for (let i = 0; i < pixels.length; i += 1) {
      kept[from + i] += Math.round(share * (pixels[i] - kept[from + i]));
    }
    const format = this.channels === 1 ? gl.RED : gl.RGB;
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer, width, height, 1, format, gl.UNSIGNED_BYTE,
      kept.subarray(from, from + pixels.length));
  }

  // A computer that cannot keep up gets a coarser picture rather than a slower one.
  adapt(dt) {
    this.slow += dt > 0.024 ? 1 : -0.5;
    this.slow = Math.max(0, this.slow);
    if (this.slow > 12 && this.level < SHARPNESS.length - 1) {
      this.level += 1;
      this.slow = 0;
    }
  }

  draw(width, height, ratio, dt) {
    if (!this.works || !this.texture) return;
    const { gl, canvas } = this;
    this.adapt(dt);
    const scale = ratio * SHARPNESS[this.level];
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    gl.viewport(0, 0, w, h);
    gl.clearColor(0.016, 0.03, 0.068, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const focal = FIELD * Math.min(1, w / h / 1.1);
    gl.uniform2f(this.lens, (focal * h) / w, focal);
    gl.bufferData(gl.ARRAY_BUFFER, this.vertices, gl.DYNAMIC_DRAW, 0, this.build());
    gl.drawArrays(gl.TRIANGLES, 0, this.filled / FLOATS);
  }

  // Walls from far to near, then the window at the end; returns how many numbers.
  build() {
    const { stations } = this;
    stations.axes = this.flight.axes();
    this.filled = 0;
    const { calm } = this.flight.view;
    const part = -stations.distance(stations.first) / stations.spacing;
    const rims = Array.from({ length: RINGS + 1 }, (_, i) => (
      calm ? still(i + 0.5) : this.rim(stations.first + i)));
    this.gl.uniform1f(this.fade, calm ? part : 0);
    for (let i = RINGS - 1; i >= 0; i -= 1) {
      if (i === END - 1) this.window(rims);
      const id = stations.first + i;
      const slot = stations.slot(id);
      if (slot.id !== id) continue;
      const layer = stations.place(id) * PANELS;
      const later = stations.slot(id + 1).id === id + 1 ? stations.place(id + 1) * PANELS : layer;
      for (let m = 0; m < PANELS; m += 1) {
        const charted = slot.charted[m] >= this.flight.about.charted;
        this.wall(rims[i], rims[i + 1], m, [layer + m, later + m], charted ? 1 : 0);
      }
    }
    return this.filled;
  }

  // The corners of the hexagon at a station, in units of the tunnel's width; depth is positive.
  rim(id) {
    const { stations } = this;
    const [r, u, f] = stations.seen(stations.distance(id)).map((v) => v / stations.spacing);
    return Array.from({ length: PANELS }, (_, m) => {
      const angle = ((m - 2) * 2 * Math.PI) / PANELS;
      return [r + Math.cos(angle), u + Math.sin(angle), f];
    });
  }

  // Pictures stand upright on the walls; on floor and ceiling they lie as seen from the ship.
  wall(near, far, m, layers, tint) {
    const [a, b] = [near[m], near[(m + 1) % PANELS]];
    const [c, d] = [far[m], far[(m + 1) % PANELS]];
    const right = m === 1 || m === 2;
    const left = m === 4 || m === 5;
    const corners = right
      ? [[1, 1], [1, 0], [0, 1], [0, 0]]
      : left
        ? [[0, 0], [0, 1], [1, 0], [1, 1]]
        : m === 0 ? [[0, 1], [1, 1], [0, 0], [1, 0]] : [[1, 0], [0, 0], [1, 1], [0, 1]];
    this.quad([a, b, c, d], corners, layers, tint);
  }

  window(rims) {
    const rim = rims[END];
    const [x, y, z] = [0, 1, 2].map((d) => rim.reduce((sum, p) => sum + p[d], 0) / PANELS);
    const h = 0.8;
    const places = [[x - h, y - h, z], [x + h, y - h, z], [x - h, y + h, z], [x + h, y + h, z]];
    this.quad(places, [[0, 1], [1, 1], [0, 0], [1, 0]], [SLOTS * PANELS, SLOTS * PANELS], 2);
  }

  quad(places, corners, layers, tint) {
    for (const i of [0, 1, 2, 2, 1, 3]) {
      this.vertices.set([...places[i], ...corners[i], ...layers, tint], this.filled);
      this.filled += FLOATS;
    }
  }
}

// Without motion the tunnel stays where it is and only its pictures fade.
function still(depth) {
  return Array.from({ length: PANELS }, (_, m) => {
    const angle = ((m - 2) * 2 * Math.PI) / PANELS;
    return [Math.cos(angle), Math.sin(angle), depth];
  });
}

const SETTLED_AT_ONCE = 9;
