// The figures of two years side by side, and the same in a file for a spreadsheet.
import { card, Library } from "./library.mjs";

const year = new Date().getFullYear();
const enrolled = { mours: { [year - 1]: 3, [year]: 2 }, peyrins: { [year - 1]: 1, [year]: 4 } };

export default async function statistics(w) {
  for (const [code, years] of Object.entries(enrolled)) {
    const cards = Object.entries(years).flatMap(([y, n]) => Array.from({ length: n }, (_, i) => card({ number: `${code}-${y}-${i}`, first: `Ana ${y} ${"abcdef"[i]}`, from: `${y}-01-1${i}`, birth: "1990", town: "Romans" })));
    await new Library(w.hub, code).sends(cards);
  }
  await w.ask("count");
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await w.step("two years stand side by side", async () => {
    await w.go("/statistiques");
    await w.page.getByLabel(w.say("Ce qui est compté", "What is counted")).selectOption({ label: w.say("Premières inscriptions", "First enrolments") });
    await w.page.getByLabel(w.say("Réparti par", "Told apart by")).selectOption({ label: w.say("Bibliothèque d’inscription", "Library of enrolment") });
    await w.fill(w.say("De l’année", "From year"), String(year - 1));
    await w.fill(w.say("À l’année", "To year"), String(year));
    await w.byKeyboard(w.button(w.say("Montrer", "Show")));
    await w.page.waitForURL(/mesure=/);
    await w.look("statistiques");
    const drawings = await w.page.locator("figure.drawing").evaluateAll((all) => all.map((f) => f.scrollWidth - f.clientWidth));
    if (!drawings.length || drawings.some((beyond) => beyond > 0)) w.fault("the drawings go beyond the screen by", drawings.join(", "));
    for (const [code, years] of Object.entries(enrolled)) {
      const row = w.page.getByRole("row").filter({ hasText: new RegExp(`^\\s*${code}`, "i") }).last();
      w.equal((await row.locator("td").allTextContents()).slice(0, 2).join(" "), Object.values(years).join(" "), `enrolments of ${code} on the page`);
    }
  });
  await w.step("the file holds what was enrolled", async () => {
    const file = await w.download(w.page.getByRole("link", { name: "CSV" }).last());
    if (!file.name.endsWith(".csv")) w.fault("the file is called", file.name);
    const rows = file.text.replace(/^\uFEFF/, "").trim().split(/\r?\n/).map((line) => line.split(/[;,]/));
    for (const [code, years] of Object.entries(enrolled)) {
      const row = rows.find((cells) => cells[0].toLowerCase().startsWith(code));
      w.equal(row?.slice(1, 3).join(" "), Object.values(years).join(" "), `enrolments of ${code} in the file`);
    }
  });
  await w.step("a year that is none is answered in words", async () => {
    await w.page.goto(`${w.hub}/statistiques?de=${year}&a=${year}`);
    w.expects(422);
    await w.page.goto(`${w.hub}/statistiques?de=hier&a=${year}`);
    await w.sees(w.say("Une année s’écrit en quatre chiffres", "A year is written in four digits"));
    await w.look("statistiques-annee-fausse");
  });
}
