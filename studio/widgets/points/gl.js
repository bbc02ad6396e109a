// Paints the points with WebGL2: positions lie on the device as they were and as they are, a colour is
// one byte a point and a palette of 256.

import { looks } from './looks.js';

const VERTEX = `#version 300 es
layout(location = 0) in vec2 before;
layout(location = 1) in vec2 after;
layout(location = 2) in uint colour;
layout(location = 3) in uint mark;
uniform sampler2D palette;
uniform vec2 centre, scale;
uniform float t, radius, light, alpha;
uniform vec3 paint;
uniform uint only;
flat out vec4 tint;
void main() {
  vec2 place = (mix(before, after, t) - centre) * scale;
  gl_Position = only != 0u && (mark & only) == 0u ? vec4(2, 2, 2, 1) : vec4(place, 0, 1);
  gl_PointSize = 2.0 * radius + 2.0;
  vec4 own = texelFetch(palette, ivec2(colour, 0), 0);
  tint = vec4(light < 0.0 ? paint : own.rgb * light, own.a * alpha * min(1.0, 2.0 * radius));
}`;
// The edge is soft over one pixel, whatever the radius.
const FRAGMENT = `#version 300 es
precision mediump float;
uniform highp float radius;
flat in vec4 tint;
out vec4 ink;
void main() {
  float away = length(gl_PointCoord - 0.5) * (2.0 * radius + 2.0);
  float cover = clamp(radius + 0.5 - away, 0.0, 1.0) * tint.a;
  ink = vec4(tint.rgb * cover, cover);
}`;
const ATTRIBUTES = [['before', 2], ['after', 2], ['colours', 1], ['marks', 1]];
const UNIFORMS = ['centre', 'scale', 't', 'radius', 'light', 'alpha', 'paint', 'only'];

export class GlPainter {
  // `restored()` is called once a lost context is back: everything has to be told again.
  constructor(canvas, gl, { lost, restored }) {
    Object.assign(this, { name: 'webgl', canvas, gl });
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.gone = true;
      lost();
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.gone = false;
      this.build();
      restored();
    });
    this.build();
  }

  build() {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`The map's shaders do not link: ${gl.getProgramInfoLog(program)}`);
    }
    gl.useProgram(program);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = Object.fromEntries(['rows', ...ATTRIBUTES.map(([name]) => name)].map((name) => [name, gl.createBuffer()]));
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.attributes();
    this.ends = [0, 0, 0];
  }

  attributes() {
    const { gl } = this;
    ATTRIBUTES.forEach(([name, size], place) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.enableVertexAttribArray(place);
      if (size === 2) gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
      else gl.vertexAttribIPointer(place, 1, gl.UNSIGNED_BYTE, 0, 0);
    });
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.rows);
  }

  fill(name, values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  move(field) {
    this.fill('before', field.from);
    this.fill('after', field.to);
  }

  recolour(field) {
    const { gl } = this;
    this.fill('colours', field.colours);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, field.palette);
  }

  order({ rows, ends }, field) {
    const { gl } = this;
    this.fill('marks', field.marks);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, rows, gl.DYNAMIC_DRAW);
    this.ends = ends;
  }

  paint({ camera, ratio, t, ink, crowd }) {
    const { gl, at, canvas } = this;
    if (this.gone) return;
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(at.centre, camera.x, camera.y);
    gl.uniform2f(at.scale, (2 * camera.scale * ratio) / width, (2 * camera.scale * ratio) / height);
    gl.uniform1f(at.t, t);
    for (const look of looks(camera, ratio, ink, crowd)) this.discs(look);
  }

  discs({ tier, mark, radius, paint, alpha }) {
    const { gl, at, ends } = this;
    const first = tier ? ends[tier - 1] : 0;
    if (ends[tier] <= first) return;
    const own = typeof paint === 'number';
    gl.uniform1f(at.radius, radius);
    gl.uniform1f(at.light, own ? paint : -1);
    gl.uniform3fv(at.paint, own ? [0, 0, 0] : paint.map((v) => v / 255));
    gl.uniform1f(at.alpha, alpha);
    gl.uniform1ui(at.only, mark ?? 0);
    gl.drawElements(gl.POINTS, ends[tier] - first, gl.UNSIGNED_INT, 4 * first);
  }
}
