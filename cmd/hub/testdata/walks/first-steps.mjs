// From an empty database to the first cards exchanged, by what the pages say alone.
import { readFile } from "node:fs/promises";
import { card, Library } from "./library.mjs";

const name = "camille", password = "une phrase assez longue";

export default async function firstSteps(w) {
  await firstAccount(w);
  const mours = await addLibrary(w, "mours", "Mours", true);
  await vendor(w, mours);
  const peyrins = await addLibrary(w, "peyrins", "Peyrins", false);
  await firstExchange(w, mours, peyrins);
}

async function firstAccount(w) {
  await w.step("the first visit leads to the first account", async () => {
    await w.go("/");
    await w.at("/premier-compte");
    await w.look("premier-compte");
  });
  await w.step("a wrong code is refused", async () => {
    await fillAccount(w, "AAAAAAAA");
    w.expects(401);
    await w.press(w.say("Créer le compte", "Make the account"));
    await w.sees(w.say("Ce code n’est pas celui du fichier", "This code is not the one in the file"));
    await w.look("premier-compte-refuse");
  });
  await w.step("the code in the file the page names makes the account", async () => {
    const file = await w.page.locator("main code").first().textContent();
    await fillAccount(w, (await readFile(file, "utf8")).trim());
    await w.byKeyboard(w.button(w.say("Créer le compte", "Make the account")));
    await w.at("/demarrage");
    await w.sees(w.say(`Vous êtes connecté avec le compte ${name}`, `You are signed in with the account ${name}`));
    await w.look("demarrage");
  });
  await w.step("the first account is made once", async () => {
    await w.go("/premier-compte");
    await w.at("/demarrage");
    await readFile(process.env.DATA + "/premier-acces").then(() => w.fault("the code still stands in the data folder"), () => {});
  });
}

async function fillAccount(w, code) {
  await w.fill(w.say("Code de premier accès", "First access code"), code);
  await w.fill(w.say("Nom du compte", "Account name"), name);
  await w.fill(w.say("Mot de passe", "Password"), password);
  await w.fill(w.say("Mot de passe, encore", "Password, once more"), password);
}

async function addLibrary(w, code, title, preparing) {
  let key;
  await w.step(`adding ${code}`, async () => {
    await w.go("/demarrage");
    await w.byKeyboard(w.link(w.say("Ajouter une bibliothèque", "Add a library")));
    await w.at("/nouvelle-bibliotheque");
    if (preparing) await w.look("nouvelle-bibliotheque");
    await w.fill(w.say("Code", "Code"), code);
    await w.fill(w.say("Nom affiché", "Name shown"), title);
    await w.fill(w.say("Adresse de courriel", "Mail address"), code + "@example.org");
    if (!preparing) await w.page.getByLabel(w.say("En préparation", "In preparation")).first().uncheck();
    await w.press(w.say("Ajouter la bibliothèque", "Add the library"));
    await w.sees(w.say("montrée qu’une fois", "shown only once"));
    key = await w.page.locator("#cle").textContent();
    if (preparing) await w.look("cle");
  });
  return new Library(w.hub, code, key);
}

async function vendor(w, mours) {
  await w.step("the sheet says all a vendor needs, and not the key", async () => {
    await w.go("/etablissements/mours/fiche");
    await w.look("fiche");
    for (const said of [w.hub, "/cartes", "/oai?verb=ListRecords", "/rapports", "carte-reseau-1.xsd"]) await w.sees(said);
    await w.missing(mours.key);
  });
  await w.step("the vendor tries the test file, and nothing is changed", async () => {
    const trial = await w.download(w.link(w.say("Un document d’essai", "A trial document")));
    w.equal(trial.name, "essai-mours.xml", "the file's name");
    const report = await mours.sendsDocument(trial.text, { simulation: true });
    if (!report.includes('statut="simulation"') || !report.includes('creees="2"')) w.fault("the trial is answered", report);
    await w.go("/etablissements/mours");
    await w.follow(/n° \d+|no\. \d+/);
    await w.at(/^\/documents\/\d+$/);
    await w.sees(w.say("rien n’a été changé", "nothing was changed"));
    await w.look("depot-simule");
  });
}

async function firstExchange(w, mours, peyrins) {
  const done = () => w.page.locator(".steps > li.done").count();
  const becomes = (n) => w.page.waitForFunction((want) => document.querySelectorAll(".steps > li.done").length === want, n);
  await w.step("the guide follows the first cards without being asked", async () => {
    await w.go("/demarrage");
    w.equal(await done(), 2, "steps done before any card came");
    await w.staying(async () => {
      await mours.sends([card({ number: "M1", first: "Zoé", phone: "0475000001" })]);
      await w.sees(w.say("1 bibliothèque sur 2 a donné ses cartes", "1 library of 2 has given its cards"));
      await peyrins.sends([card({ number: "P1", name: "Martin", first: "Ana", phone: "0475000002" })]);
      await becomes(4);
    });
    await w.look("demarrage-donne");
  });
  await w.step("deliveries are opened, and the cards go round", async () => {
    await w.byKeyboard(w.button(w.say("Ouvrir Mours", "Open Mours")));
    await w.at("/etablissements/mours");
    await w.sees(w.say("Les livraisons sont ouvertes", "Deliveries are open"));
    await w.go("/demarrage");
    await becomes(5);
    await w.staying(async () => {
      if (!(await mours.fetches()).includes("<numero>P1</numero>")) w.fault("mours is not handed the card of peyrins");
      if (!(await peyrins.fetches()).includes("<numero>M1</numero>")) w.fault("peyrins is not handed the card of mours");
      await becomes(6);
    });
    await w.look("demarrage-fini");
  });
  await w.step("the network is well", async () => {
    await w.follow(w.say("Voir le réseau", "See the network"));
    await w.sees(w.say("Tout va bien", "All is well"));
    await w.look("reseau");
  });
}
