// `npm run build` and `npm run check`: turbo, on a workspace whose packages are installed.
import { turbo } from "./setup/build.mjs";
import { installDependencies } from "./setup/install-dependencies.mjs";
import { main } from "./setup/run.mjs";

await main(() => {
  installDependencies();
  turbo(process.argv.slice(2));
});
