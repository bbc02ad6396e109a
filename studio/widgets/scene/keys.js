// Keys that move a scene while one of its views has the focus: arrows glide, digits jump.

const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};
const SECONDS_ACROSS = 3;

export function attachKeys(element, scene) {
  const held = new Set();
  let last = 0;
  let loop = 0;

  const step = (now) => {
    if (!held.size || !element.isConnected) {
      loop = 0;
      return;
    }
    loop = requestAnimationFrame(step);
    move(Math.min(0.05, Math.max(0, now - last) / 1000));
    last = now;
  };

  const move = (seconds) => {
    const z = scene.z.slice();
    for (const key of held) {
      ARROWS[key].forEach((sign, d) => {
        if (d >= z.length) return;
        const [low, high] = scene.about.range[d];
        z[d] += (sign * seconds * (high - low)) / (SECONDS_ACROSS * (slow ? 5 : 1));
      });
    }
    scene.moveTo(z, 'keys');
  };

  let slow = false;
  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !scene.about) return;
    slow = event.shiftKey;
    if (ARROWS[event.key]) {
      event.preventDefault();
      scene.previewAt(null);
      held.add(event.key);
      if (!loop) {
        // A short press moves too, though it may be over before the next frame.
        move(1 / 60);
        last = performance.now();
        loop = requestAnimationFrame(step);
      }
    } else if (/^[0-9]$/.test(event.key) && scene.anchor(Number(event.key))) {
      event.preventDefault();
      scene.jump(Number(event.key));
    } else if (event.key === ' ') {
      event.preventDefault();
      if (scene.playing) scene.pause();
      else scene.play();
    }
  });
  element.addEventListener('keyup', (event) => held.delete(event.key));
  element.addEventListener('blur', () => held.clear());
}
