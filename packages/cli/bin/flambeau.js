#!/usr/bin/env node
// The command is bundled into dist/ by `npm run build`; this file is what package managers link to.
import "../dist/main.js";
