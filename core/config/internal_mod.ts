/** What is cheap to load: it reads no files, and brings neither YAML nor schemas. */
export { didYouMean, nearest } from "./nearest.ts";
