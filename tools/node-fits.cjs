// Exit 0 where this Node runs Vite: 20.19, 22.12 or newer (the "engines" of package.json).
const [major, minor] = process.versions.node.split(".").map(Number);
const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
process.exitCode = fits ? 0 : 1;
