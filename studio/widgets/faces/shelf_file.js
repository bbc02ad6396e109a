// A shelf of faces as JSON: what the browser keeps of it, and the file that a person takes along.

export const FORMAT = 'latent-studio-faces';
export const MOST = 64;
export const LONGEST_NAME = 60;
const VERSION = 1;
const MOST_BYTES = 2e6;
const MOST_FACES = 1000;
const LONGEST_TEXT = 1000;
const LONGEST_DATE = 40;
const FARTHEST = 1e6;
const DIGITS = 5;

// The file of a model's faces.
export function shelfFile({ name, digest, latent_dim }, faces) {
  return {
    format: FORMAT,
    version: VERSION,
    model: { name, digest, latent_dim },
    faces: faces.map((face) => ({ name: face.name, z: face.z, made: face.made })),
  };
}

// Read a file as {faces: [{name, z, made}], unsound: how many could not be read, found}.
export async function readShelfFile(file, about) {
  if (file.size > MOST_BYTES) throw refusal(`it is larger than ${MOST_BYTES / 1e6} MB`);
  // A folder cannot be read, and a file may be gone by now.
  const text = await file.text().catch(() => { throw refusal('it cannot be read'); });
  return parseShelf(text, about);
}

export function parseShelf(text, about) {
  const faces = facesOf(parsed(text), about);
  if (faces.length > MOST_FACES) {
    throw refusal(`it holds ${faces.length.toLocaleString('en')} faces, and at most ${MOST_FACES.toLocaleString('en')} are read at once`);
  }
  const sound = faces.map((face, i) => soundFace(face, about, i)).filter(Boolean);
  if (faces.length && !sound.length) throw refusal(`no face in it is ${about.latent_dim} numbers`);
  if (!faces.length) throw refusal('there is no face in it');
  return { faces: sound, found: faces.length, unsound: faces.length - sound.length };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('it is not JSON');
  }
}

function facesOf(data, about) {
  if (data?.format !== FORMAT || !Array.isArray(data.faces)) throw refusal('it is no shelf of faces');
  if (data.version !== VERSION) throw refusal(`it is of version ${words(data.version, 12, 'unknown')}, and this studio reads version ${VERSION}`);
  if (data.model?.digest !== about.digest) {
    const { name } = data.model ?? {};
    throw refusal(name === about.name
      ? `its faces are of another '${about.name}', with other weights`
      : `its faces are of another model, '${words(name, 64, 'unnamed')}'`);
  }
  return data.faces;
}

// A face as it is kept, or null. Numbers that are none of a code would spoil every picture.
export function soundFace(face, { latent_dim: size }, i) {
  const { name, z, made } = face ?? {};
  const sound = Array.isArray(z) && z.length === size
    && z.every((v) => typeof v === 'number' && Math.abs(v) <= FARTHEST);
  if (!sound) return null;
  return {
    name: plainName(name) || `face ${i + 1}`,
    z: rounded(z),
    made: typeof made === 'string' && made.length <= LONGEST_DATE && !Number.isNaN(Date.parse(made)) ? made : null,
  };
}

// A name in one line, of a length that can be shown.
export function plainName(name) {
  return Array.from(plain(name, LONGEST_TEXT).replace(/[\p{C}\s]+/gu, ' ').trim()).slice(0, LONGEST_NAME).join('');
}

export const rounded = (code) => Array.from(code, (v) => Number(v.toFixed(DIGITS)));

const words = (value, most, none) => plain(value, most) || none;

// Strings and numbers as text: what else a file may hold (lists of lists, objects) is no word at all.
function plain(value, most) {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, most) : '';
}

function refusal(reason) {
  return new Error(`This file cannot be added to the shelf: ${reason}.`);
}
