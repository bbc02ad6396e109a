// Waypoints: named places, kept in the browser for each model, and as a file to take along.

const KIND = 'latent-studio waypoints';
const MOST = 64;

export class Waypoints {
  constructor(flight) {
    this.flight = flight;
    this.list = [];
  }

  open(about) {
    this.about = about;
    this.list = this.read(localStorage.getItem(this.key())) ?? [];
    this.flight.emit('waypoints');
  }

  key() {
    return `odyssey-waypoints:${this.about.name}:${this.about.digest.slice(0, 12)}`;
  }

  read(text) {
    try {
      return checked(JSON.parse(text), this.about);
    } catch {
      return null;
    }
  }

  keep() {
    localStorage.setItem(this.key(), JSON.stringify(this.file()));
    this.flight.emit('waypoints');
  }

  file() {
    const { name, digest, latent_dim } = this.about;
    return { kind: KIND, checkpoint: name, digest, latent_dim, waypoints: this.list };
  }

  drop(z, name) {
    if (this.list.length >= MOST) {
      this.flight.fail(new Error(`There are ${MOST} waypoints already; delete one first.`));
      return;
    }
    const plain = Array.from(z, (v) => Number(v.toFixed(5)));
    this.list.push({ name: name || `waypoint ${this.list.length + 1}`, z: plain });
    this.keep();
  }

  rename(i, name) {
    this.list[i].name = name.trim().slice(0, 60) || this.list[i].name;
    this.keep();
  }

  move(i, by) {
    const j = i + by;
    if (j < 0 || j >= this.list.length) return;
    [this.list[i], this.list[j]] = [this.list[j], this.list[i]];
    this.keep();
  }

  remove(i) {
    this.list.splice(i, 1);
    this.keep();
  }

  export() {
    const blob = new Blob([JSON.stringify(this.file(), null, 2)], { type: 'application/json' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${this.about.name}-waypoints.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async import(file) {
    try {
      const list = checked(JSON.parse(await file.text()), this.about);
      this.list = [...this.list, ...list].slice(0, MOST);
      this.keep();
    } catch (error) {
      const reason = error instanceof SyntaxError ? 'it is not JSON' : error.message;
      this.flight.fail(new Error(`This file of waypoints cannot be used: ${reason}.`));
    }
  }
}

function checked(data, about) {
  if (data?.kind !== KIND || !Array.isArray(data.waypoints)) throw new Error('it holds no waypoints');
  if (data.digest !== about.digest) throw new Error(`it is of another model, ${data.checkpoint}`);
  return data.waypoints.map(({ name, z }, i) => {
    const sound = Array.isArray(z) && z.length === about.latent_dim && z.every(Number.isFinite);
    if (!sound) throw new Error(`waypoint ${i + 1} is not ${about.latent_dim} numbers`);
    return { name: String(name).slice(0, 60), z };
  });
}
