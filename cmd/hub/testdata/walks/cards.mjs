// A card is found by its number, by name and birth date; its history tells what changed, who sent it and who has it.
import { card, Library } from "./library.mjs";

const person = { name: "Dupont", first: "Jeanne", birth: "1980-02-29", street: "12 rue Pasteur", town: "Romans" };

export default async function cards(w) {
  const mours = new Library(w.hub, "mours"), peyrins = new Library(w.hub, "peyrins");
  await mours.sends([card({ number: "2610000012345", ...person, phone: "0475000001" }), card({ number: "2610000099999", ...person, name: "Durand" })]);
  await peyrins.fetches();
  await mours.sends([card({ number: "2610000012345", ...person, street: "3 place Carnot", phone: "0475000002" })]);
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await find(w);
  await history(w);
}

async function find(w) {
  const fields = { number: w.say("Numéro de carte", "Card number"), name: w.say("Nom et prénom", "Name and first name"), birth: w.say("Date de naissance", "Birth date") };
  const ask = async (typed) => {
    await w.go("/fiches");
    for (const [field, value] of Object.entries(typed)) await w.fill(fields[field], value);
    await w.page.keyboard.press("Enter");
    await w.page.getByRole("heading", { name: w.say("Résultats", "Results") }).waitFor();
    return w.page.locator("tbody tr").count();
  };
  await w.step("too little is asked for, and the page says what is missing", async () => {
    await w.go("/fiches");
    await w.look("recherche");
    w.expects(422);
    await w.press(w.say("Chercher", "Search"));
    await w.sees(w.say("Indiquez un numéro de carte", "Give a card number"));
    await w.look("recherche-trop-peu");
    await w.fill(fields.birth, "le printemps");
    w.expects(422);
    await w.press(w.say("Chercher", "Search"));
    await w.sees("css=.fault");
    await w.look("recherche-date-fausse");
  });
  await w.step("by what nobody has", async () => {
    w.equal(await ask({ name: "Zzz" }), 0, "cards found");
    await w.sees(w.say("Aucune carte ne correspond", "No card matches"));
  });
  await w.step("by number", async () => w.equal(await ask({ number: "2610000012345" }), 1, "cards found"));
  await w.step("by the beginning of a number", async () => w.equal(await ask({ number: "26100000" }), 2, "cards found"));
  await w.step("by name and birth date, and nothing of it stands in the address", async () => {
    w.equal(await ask({ name: "dupont j", birth: "29/02/1980" }), 1, "cards found");
    await w.look("resultats");
    w.equal(/dupont|1980/i.test(w.page.url()), false, "the address tells whom it is about");
    await w.byKeyboard(w.link("Dupont Jeanne"));
    await w.at(/^\/fiches\/\w+$/);
  });
  await w.step("back from a card to what was found, and to the card again", async () => {
    await w.page.goBack();
    w.equal(await w.page.locator("tbody tr").count(), 1, "cards found");
    await w.follow("Dupont Jeanne");
    await w.at(/^\/fiches\/\w+$/);
  });
}

async function history(w) {
  await w.step("the history tells what changed and who sent it", async () => {
    await w.look("carte");
    const latest = w.page.locator(".timeline > li").first();
    await w.sees("Mours", latest);
    for (const changed of ["12 rue Pasteur", "3 place Carnot", "0475000001", "0475000002"]) await w.sees(changed, latest);
    await w.byKeyboard(w.page.locator(".timeline summary"));
    await w.sees("1980", w.page.locator(".timeline details"));
  });
  await w.step("who has it, and who not yet", async () => {
    const row = (name) => w.page.getByRole("row").filter({ hasText: name });
    await w.sees("css=.state.ok", row("Mours"));
    await w.sees("css=.state.working", row("Peyrins"));
    await new Library(w.hub, "peyrins").fetches();
    await w.page.reload();
    await w.sees("css=.state.ok", row("Peyrins"));
    await w.look("carte-partout");
  });
}
