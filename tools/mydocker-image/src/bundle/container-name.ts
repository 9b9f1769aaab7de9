/** How a container may be. */
const ADJECTIVES = `
  able agile amber ample arctic awake azure balmy bold brave brief bright brisk calm candid clear clever coral cosmic crisp
  curious dapper daring deft eager early earnest easy epic exact fair fleet fluent fond frank fresh gallant gentle glad
  golden grand happy hardy hasty honest humble ideal jolly jovial keen kind light lively lucid lucky lunar mellow merry
  mild modest neat nimble noble novel patient placid plucky polar polite prime proud quick quiet rapid ready robust serene
  sharp silent sincere sleek smart snappy solar solid spry steady stellar stoic subtle sunny swift tidy tranquil trusty
  upbeat vast vivid warm wise witty zesty
`;

/** After whom it is named: people who found something out. */
const SURNAMES = `
  abel ampere anning archimedes aryabhata avogadro babbage banach bell bernoulli bhaskara bohr boole brahe brahmagupta
  cannon cantor carson cauchy cerf chandrasekhar church clarke colden copernicus coulomb curie dalton darwin descartes
  diffie dijkstra dirac edison einstein elion engelbart euclid euler faraday fermat fermi feynman fourier franklin galileo
  galois gauss germain godel goodall goldberg hamilton hawking heisenberg hellman hertz hilbert hodgkin hopper hubble
  hypatia jackson johnson joule kepler khwarizmi knuth kovalevskaya lagrange lamarr laplace lavoisier leavitt leibniz
  liskov lovelace lumiere maxwell mayer mccarthy mcclintock meitner mendel mendeleev mirzakhani napier newton noether
  nobel ohm pascal pasteur pauli payne perlman planck poincare ptolemy ramanujan ride ritchie rubin rutherford sagan
  sammet shannon shockley tesla thompson torvalds turing villani volta wiles wilson wozniak wu yalow yonath
`;

/**
 * A name for a container that nobody named: `quiet_lovelace`.
 *
 * @param attempt how often a name was taken already; from the fourth time on a digit makes the choice larger
 */
export function generateName(attempt: number): string {
  const pick = (text: string): string => {
    const words = text.trim().split(/\s+/);
    return words[randomBelow(words.length)] ?? "";
  };
  const digits = attempt < 3 ? "" : `${randomBelow(10 ** Math.min(attempt, 9))}`;
  return `${pick(ADJECTIVES)}_${pick(SURNAMES)}${digits}`;
}

/** By the generator that is there without loading node:crypto; which name it gets need not be fair to the last bit. */
function randomBelow(limit: number): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit;
}
