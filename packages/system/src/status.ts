const TYPE_MASK = 0o170000;
const TYPE = {
  directory: 0o040000,
  character: 0o020000,
  block: 0o060000,
  file: 0o100000,
  link: 0o120000,
  fifo: 0o010000,
};

/** The part of `fs.Stats` that the tools use. */
export class Status {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;

  /** @param numbers as native/path.c orders them */
  constructor(numbers: number[]) {
    const [dev = 0, mode = 0, nlink = 0, uid = 0, gid = 0, rdev = 0, ino = 0, size = 0, mtimeMs = 0] = numbers;
    this.dev = dev;
    this.mode = mode;
    this.nlink = nlink;
    this.uid = uid;
    this.gid = gid;
    this.rdev = rdev;
    this.ino = ino;
    this.size = size;
    this.mtimeMs = mtimeMs;
  }

  isFile = (): boolean => this.#is(TYPE.file);
  isDirectory = (): boolean => this.#is(TYPE.directory);
  isSymbolicLink = (): boolean => this.#is(TYPE.link);
  isCharacterDevice = (): boolean => this.#is(TYPE.character);
  isBlockDevice = (): boolean => this.#is(TYPE.block);
  isFIFO = (): boolean => this.#is(TYPE.fifo);

  #is(type: number): boolean {
    return (this.mode & TYPE_MASK) === type;
  }
}

/** A name in a directory, the part of `fs.Dirent` that the tools use. */
export class Entry {
  readonly name: string;
  readonly parentPath: string;
  readonly #type: number;

  /** @param type DT_* of readdir(3), which is a mode's type shifted by 12 */
  constructor(name: string, parentPath: string, type: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.#type = type << 12;
  }

  isFile = (): boolean => this.#type === TYPE.file;
  isDirectory = (): boolean => this.#type === TYPE.directory;
  isSymbolicLink = (): boolean => this.#type === TYPE.link;
}
