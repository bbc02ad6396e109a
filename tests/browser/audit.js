// What a page has that people stumble over; every finding is {kind, where, what}.

(() => {
  const CONTROLS = 'button, a[href], input:not([type="hidden"]), select, textarea, summary, [role="button"], '
    + '[role="tab"], [role="slider"], [role="option"], [role="checkbox"], [tabindex]:not([tabindex="-1"])';
  const LEAST_TARGET = 24;
  const pixel = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
    .getContext('2d', { willReadFrequently: true });
  const known = new Map();

  // Any CSS colour as [r, g, b, a], the first three in 0..255.
  function colour(text) {
    if (!known.has(text)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = text;
      pixel.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  }

  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];

  function luminance(rgb) {
    const [r, g, b] = rgb.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  // The colours that may lie behind an element's text: one, or both extremes where a picture is beneath; none
  // where a gradient is.
  function grounds(element) {
    const layers = [];
    let bases = null;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none') return [];
      const fill = colour(style.backgroundColor);
      if (fill[3] > 0) layers.push(fill);
      if (fill[3] === 1) break;
      // What is laid over a picture has the picture behind it.
      const laid = style.position === 'absolute' || style.position === 'fixed';
      if (laid && at.offsetParent?.querySelector('canvas, img, svg')) bases = [[0, 0, 0, 1], [255, 255, 255, 1]];
      if (bases) break;
    }
    const page = colour(getComputedStyle(document.body).backgroundColor);
    bases ??= [over(page, [255, 255, 255])];
    return bases.map((base) => layers.toReversed().reduce((under, layer) => over(layer, under), base));
  }

  function opacity(element) {
    let shown = 1;
    for (let at = element; at; at = at.parentElement) shown *= Number(getComputedStyle(at).opacity);
    return shown;
  }

  function seen(element) {
    if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0;
  }

  const off = (element) => Boolean(element.closest(':disabled, [aria-disabled="true"], [inert]'));
  const ownText = (element) => [...element.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(' ').trim();

  function where(element) {
    const steps = [];
    for (let at = element; at && at !== document.body && steps.length < 3; at = at.parentElement) {
      const id = at.id && !/^component-/.test(at.id) ? `#${at.id}` : '';
      const classes = [...at.classList].filter((name) => !/^svelte|^prose$|^hide/.test(name)).slice(0, 2);
      if (!steps.length || id || classes.length) steps.unshift(`${at.localName}${id || classes.map((name) => `.${name}`).join('')}`);
      if (id) break;
    }
    return steps.join(' ');
  }

  function nameOf(element) {
    const labelled = (element.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    const labels = [...element.labels ?? []].map((label) => label.textContent).join(' ');
    const pictures = [...element.querySelectorAll('img[alt], [aria-label]')].map((one) => one.alt || one.getAttribute('aria-label')).join(' ');
    const text = element.matches('input, select, textarea') ? '' : element.textContent;
    return [element.getAttribute('aria-label'), labelled, labels, text, pictures, element.title, element.placeholder]
      .map((words) => (words ?? '').replace(/\s+/g, ' ').trim()).find(Boolean) ?? '';
  }

  function* contrasts(root) {
    for (const element of root.querySelectorAll('*')) {
      const field = element.matches('input, textarea, select');
      const words = field ? element.value || element.placeholder : ownText(element);
      if (!words || !seen(element) || off(element) || element.matches('option, script, style')) continue;
      // Canvas fallbacks, symbols of ranges and the like are no text.
      if (element.matches('[type="range"], [type="checkbox"], [type="radio"], [type="file"], [type="color"]')) continue;
      const shown = opacity(element);
      const { width, height } = element.getBoundingClientRect();
      if (shown === 0 || width < 2 || height < 2) continue;
      const under = grounds(element);
      if (!under.length) continue;
      const style = getComputedStyle(element, field && !element.value ? '::placeholder' : undefined);
      const [r, g, b, a] = colour(style.color);
      const ratio = Math.min(...under.map((one) => contrast(over([r, g, b, a * shown], one), one)));
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5) - 0.01) {
        yield { kind: 'contrast', where: where(element), what: `${ratio.toFixed(2)} for “${words.slice(0, 40)}”` };
      }
    }
  }

  // Whether something between an element and the page scrolls or clips sideways.
  function held(element) {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== 'visible' && at.getBoundingClientRect().right <= innerWidth + 1) return true;
    }
    return false;
  }

  function* overflows(root) {
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth + 1) yield { kind: 'overflow', where: 'page', what: `${wide} px in ${innerWidth}` };
    for (const element of root.querySelectorAll('*')) {
      const box = element.getBoundingClientRect();
      if (box.right <= innerWidth + 1 || !seen(element) || opacity(element) === 0 || held(element)) continue;
      yield { kind: 'overflow', where: where(element), what: `ends at ${Math.round(box.right)} of ${innerWidth}` };
    }
  }

  function* names(controls) {
    for (const element of controls) {
      if (!nameOf(element)) yield { kind: 'name', where: where(element), what: element.outerHTML.slice(0, 90) };
    }
  }

  // A small target is fine where 24 px around its middle touch no other one (WCAG 2.5.8), or in a sentence.
  function* targets(controls) {
    const area = (element) => {
      const label = element.matches('input[type="checkbox"], input[type="radio"]') && element.closest('label');
      return (label || element).getBoundingClientRect();
    };
    const spots = controls.filter((element) => !off(element)).map((element) => [element, area(element)]);
    const small = ({ width, height }) => width < LEAST_TARGET - 0.5 || height < LEAST_TARGET - 0.5;
    for (const [element, box] of spots) {
      const inline = getComputedStyle(element).display === 'inline' && element.matches('a, button');
      if (!small(box) || inline || element.matches('input[type="range"]')) continue;
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      const touched = spots.some(([other, { left, right, top, bottom }]) => {
        if (other === element || other.contains(element) || element.contains(other)) return false;
        const near = [Math.max(left, Math.min(x, right)), Math.max(top, Math.min(y, bottom))];
        return Math.hypot(near[0] - x, near[1] - y) < LEAST_TARGET / 2;
      });
      if (touched) yield { kind: 'target', where: where(element), what: `${Math.round(box.width)} x ${Math.round(box.height)} px` };
    }
  }

  function* unseen(root) {
    for (const element of root.querySelectorAll(CONTROLS)) {
      if (element.tabIndex < 0 || off(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
      const { width, height } = element.getBoundingClientRect();
      const hidden = Boolean(element.closest('[aria-hidden="true"]'));
      const pale = opacity(element) === 0 && !element.matches('[type="radio"], [type="checkbox"]');
      if (hidden || pale || width < 2 || height < 2) {
        yield { kind: 'unseen', where: where(element), what: hidden ? 'focusable, but hidden from readers' : `focusable, but not to be seen (${Math.round(width)} x ${Math.round(height)})` };
      }
    }
  }

  function* cuts(root) {
    for (const element of root.querySelectorAll('*')) {
      if (!ownText(element) || !seen(element) || element.closest('[title]') || element.matches('option, script, style')) continue;
      const style = getComputedStyle(element);
      if (parseFloat(style.width) < 2 || opacity(element) === 0) continue;
      const [x, y] = [style.overflowX, style.overflowY].map((how) => ['hidden', 'clip'].includes(how));
      const aside = x && element.scrollWidth > element.clientWidth + 1;
      const below = y && element.scrollHeight > element.clientHeight + 4;
      if (aside || below) yield { kind: 'cut', where: where(element), what: `“${ownText(element).slice(0, 50)}”` };
    }
  }

  // A dialog that opens and a theme that is switched fade in.
  const faded = () => Promise.all(document.getAnimations()
    .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).map((one) => one.finished.catch(() => {})));

  window.studioAudit = async () => {
    await faded();
    const root = document.querySelector('dialog[open]') ?? document.querySelector('.gradio-container');
    // Gradio measures its row of tabs with a copy that nobody sees.
    const controls = [...root.querySelectorAll(CONTROLS)].filter((element) => seen(element) && opacity(element) > 0
      && !element.closest('.visually-hidden'));
    const found = [
      ...contrasts(root), ...overflows(root), ...names(controls), ...targets(controls), ...unseen(root), ...cuts(root),
    ];
    const once = new Map();
    for (const one of found) {
      const key = `${one.kind} ${one.where}`;
      if (once.has(key)) once.get(key).times += 1;
      else once.set(key, { ...one, times: 1 });
    }
    return [...once.values()];
  };

  const LOOKS = ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'borderTopColor', 'backgroundColor', 'textDecorationLine'];
  const looks = (element) => {
    const around = [element, ...[1, 2, 3].map((n) => { let at = element; for (let i = 0; i < n; i += 1) at = at?.parentElement; return at; })];
    return around.map((at) => at && LOOKS.map((name) => getComputedStyle(at)[name]).join('|'));
  };
  let before = null;
  let first = null;

  // What has the focus, and, once it has gone on, whether that could be seen.
  window.studioFocus = () => {
    const element = document.activeElement;
    const last = before && {
      where: before.where, name: before.name,
      ring: before.looks.some((look, i) => look !== looks(before.element)[i]),
    };
    const none = !element || element === document.body;
    const box = none ? null : element.getBoundingClientRect();
    before = none ? null : { element, where: where(element), name: nameOf(element), looks: looks(element) };
    if (!none) first ??= element;
    return { last, none, again: !none && element === first, shown: !none && box.width > 1 && opacity(element) > 0 };
  };
})();
