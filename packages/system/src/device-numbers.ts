/**
 * Major and minor number of a device, as glibc's gnu_dev_major and gnu_dev_minor have them: either is in two pieces.
 *
 * @param rdev of stat(2)
 */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const [high, low] = [Math.floor(rdev / 2 ** 32), rdev % 2 ** 32];
  return {
    major: Math.floor(high / 2 ** 12) * 2 ** 12 + (Math.floor(low / 2 ** 8) & 0xfff),
    minor: (Math.floor(low / 2 ** 20) + (high & 0xfff) * 2 ** 12) * 2 ** 8 + (low & 0xff),
  };
}
