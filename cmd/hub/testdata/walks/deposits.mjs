// A document that is refused whole, put right and tried again; and one of which single cards are refused.
import { card, documentOf, Library } from "./library.mjs";

export default async function deposits(w) {
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await refusedWhole(w);
  await putRight(w);
  await partlyRefused(w);
}

async function refusedWhole(w) {
  await w.step("a file written in the name of another is refused", async () => {
    await w.go("/etablissements/mours");
    const buffer = Buffer.from(documentOf("annexe", [card({ number: "N1", name: "Petit", first: "Ana" })]));
    await w.page.getByLabel(w.say("Fichier XML", "XML file")).setInputFiles({ name: "annexe.xml", mimeType: "application/xml", buffer });
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
