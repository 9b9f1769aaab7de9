import { join } from "node:path";
import { BIN } from "@mydocker/testing";

/**
 * The OCI runtime under test. `MYDOCKER_TEST_RUNTIME=/usr/sbin/runc` shows whether it is the engine, or the test, that does not
 * work on a machine.
 */
export const RUNTIME = process.env.MYDOCKER_TEST_RUNTIME ?? join(BIN, "mydocker-init");

/** The name that engines know it by, as the documentation has it. */
export const RUNTIME_NAME = "mydocker";
