// A document that is refused whole, put right and tried again; one of which single cards are refused; and one that is simulated
// before it is integrated.
import { card, documentOf, Library } from "./library.mjs";

export default async function deposits(w) {
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await refusedWhole(w);
  await putRight(w);
  await partlyRefused(w);
  await simulated(w);
}

async function choose(w, code, number) {
  await w.go("/etablissements/mours");
  const buffer = Buffer.from(documentOf(code, [card({ number, name: "Petit", first: "Ana" })]));
  await w.page.getByLabel(w.say("Fichier XML", "XML file")).setInputFiles({ name: `${code}.xml`, mimeType: "application/xml", buffer });
}

async function refusedWhole(w) {
  await w.step("a file written in the name of another is refused", async () => {
    await choose(w, "annexe", "N1");
    await w.look("etablissement");
    await w.byKeyboard(w.page.getByRole("button", { name: w.say("Intégrer", "Integrate"), exact: true }));
    await w.at(/^\/documents\/\d+$/);
    await w.sees(w.say("Le document entier a été refusé", "The whole document was refused"));
    await w.look("depot-refuse");
  });
  await w.step("it is found where it happened", async () => {
    await w.go("/etablissements/mours");
    await w.sees(w.say("Refusé", "Refused"));
    await w.byKeyboard(w.link(w.say("n° 1", "no. 1")));
    await w.at("/documents/1");
  });
  await w.step("tried again as it is, it is refused again", async () => {
    await w.press(w.say("Rejouer", "Try again"));
    await w.at("/documents/2");
    await w.sees(w.say("Le document entier a été refusé", "The whole document was refused"));
    await w.sees(w.say("Mêmes octets que", "Same bytes as"));
  });
}

async function putRight(w) {
  await w.step("once the settings are right, the same bytes are taken", async () => {
    await w.go("/etablissements/mours/reglages");
    await w.look("reglages");
    await w.fill(w.say("Autres établissements de la même base", "Other establishments of the same database"), "annexe");
    await w.press(w.say("Enregistrer", "Save"));
    await w.sees(w.say("Enregistré", "Saved"));
    await w.go("/documents/2");
    await w.byKeyboard(w.button(w.say("Rejouer", "Try again")));
    await w.at("/documents/3");
    await w.sees("css=.state.ok");
    await w.look("depot-rejoue");
  });
}

async function partlyRefused(w) {
  await w.step("of a document partly refused each reason stands with its card", async () => {
    await new Library(w.hub, "mours").sends([
      card({ number: "N1", name: "Petit", first: "Ana" }), card({ number: "N2", first: "Luc", from: "2024-09-03", end: "2020-01-01" }),
      card({ number: "N3", first: "Eva", birth: "32/13/2001" }),
    ]);
    await w.go("/documents/4");
    for (const [line, words] of [["N2", w.say("précède", "précède")], ["N3", w.say("date", "date")]]) {
      await w.sees(new RegExp(words, "i"), w.page.getByRole("row").filter({ hasText: line }));
    }
    await w.look("depot-partiel");
    const report = await w.download(w.link(w.say("Télécharger le rapport", "Download the report")));
    w.equal(report.text.split('resultat="rejetee"').length - 1, 2, "cards refused in the report");
    const document = await w.download(w.link(w.say("Télécharger le document", "Download the document")));
    if (!document.text.includes("<numero>N3</numero>")) w.fault("the document is not what was sent:", document.text);
  });
}

async function simulated(w) {
  await w.step("a simulation changes nothing", async () => {
    await choose(w, "mours", "N9");
    await w.byKeyboard(w.button(w.say("Simuler", "Simulate")));
    await w.at("/documents/5");
    await w.sees(w.say("rien n’a été changé", "nothing was changed"));
    await w.sees(w.say("Aucune carte ne serait refusée", "No card would be refused"));
    await w.look("depot-simule");
    await found(w, "N9", 0);
  });
  await w.step("what was simulated is integrated for real", async () => {
    await w.go("/documents/5");
    await w.byKeyboard(w.button(w.say("Intégrer pour de bon", "Integrate for real")));
    await w.at("/documents/6");
    await w.sees("css=.state.ok");
    await found(w, "N9", 1);
  });
}

async function found(w, number, times) {
  await w.go("/fiches");
  await w.fill(w.say("Numéro de carte", "Card number"), number);
  await w.page.keyboard.press("Enter");
  await w.page.getByRole("heading", { name: w.say("Résultats", "Results") }).waitFor();
  w.equal(await w.page.locator("tbody tr").count(), times, "cards of the number");
}
