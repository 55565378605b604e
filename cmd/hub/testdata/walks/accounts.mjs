// Who may do what: an administrator makes accounts, a reader is refused what only an operator may do, the log tells who saw
// which card, and whoever has left sees nothing any more.
import { card, Library } from "./library.mjs";

const reader = { name: "lise", password: "une autre phrase assez longue" };

export default async function accounts(w) {
  const mours = new Library(w.hub, "mours"), peyrins = new Library(w.hub, "peyrins");
  for (const [library, phone] of [[mours, "0475000000"], [peyrins, "0475000000"], [mours, "0475111111"], [peyrins, "0475222222"]]) {
    await library.sends([card({ number: "A1", first: "Ana", phone })]);
  }
  const operator = await made(w);
  const seen = await refused(w);
  await operates(w, operator);
  await logged(w, seen);
  await left(w);
}

async function made(w) {
  let operator;
  await w.step("a wrong password opens nothing", async () => {
    await w.go("/connexion");
    await w.look("connexion");
    w.expects(401);
    await w.fill(w.say("Nom du compte", "Account name"), process.env.NAME);
    await w.fill(w.say("Mot de passe", "Password"), "autre chose de long");
    await w.press(w.say("Se connecter", "Sign in"));
    await w.sees(w.say("Nom ou mot de passe refusé", "Name or password refused"));
    await w.look("connexion-refusee");
  });
  await w.step("an administrator makes a reader and an operator", async () => {
    await w.signIn(process.env.NAME, process.env.PASSWORD);
    await w.go("/systeme/comptes");
    await w.look("comptes");
    await fillAccount(w, reader.name, "reader", reader.password);
    await w.byKeyboard(w.button(w.say("Ajouter le compte", "Add the account")));
    await w.sees(w.say("Le compte est créé", "The account is made"));
    await fillAccount(w, reader.name, "operator", "");
    w.expects(422);
    await w.press(w.say("Ajouter le compte", "Add the account"));
    await w.sees(w.say("Il y a déjà un compte de ce nom", "There is an account of this name already"));
    await w.look("comptes-nom-pris");
    await fillAccount(w, "omar", "operator", "");
    await w.press(w.say("Ajouter le compte", "Add the account"));
    await w.sees(w.say("Montré une seule fois", "Shown only once"));
    await w.look("mot-de-passe-montre");
    operator = { name: "omar", password: await w.page.locator("#cle").textContent() };
    await w.signOut();
  });
  return operator;
}

async function fillAccount(w, name, role, password) {
  await w.fill(w.say("Nom du compte", "Account name"), name);
  await w.page.getByLabel(w.say("Rôle", "Role")).selectOption(role);
  await w.fill(w.say("Mot de passe initial", "Initial password"), password);
}

async function refused(w) {
  let id;
  await w.step("a reader sees a conflict, and no button to decide it", async () => {
    await w.signIn(reader.name, reader.password);
    await w.go("/a-decider/conflits");
    await w.sees("0475111111");
    w.equal(await w.page.locator("main form").count(), 0, "forms a reader is shown");
    await w.look("conflits-lecture");
    await w.follow("A1");
    await w.at(/^\/fiches\/\w+$/);
    id = new URL(w.page.url()).pathname.split("/").pop();
  });
  await w.step("the form sent all the same is refused", async () => {
    w.expects(403);
    await w.page.evaluate(() => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = "/conflits/1/garder";
      form.append(document.querySelector("input[name=jeton]").cloneNode());
      document.body.append(form);
      form.submit();
    });
    await w.at("/conflits/1/garder");
    await w.sees(w.say("Ceci demande le rôle « opérateur »", "This needs the role “operator”"));
    await w.look("erreur-403");
  });
  await w.step("an address that leads nowhere says so", async () => {
    w.expects(404);
    await w.go("/etablissements/inconnue");
    await w.sees(w.say("Introuvable", "Not found"));
    await w.look("erreur-404");
    w.expects(404);
    await w.go("/une-adresse-qui-n-est-pas");
    await w.sees(w.say("Introuvable", "Not found"));
    await w.look("erreur-404-adresse");
    await w.follow(w.say("Retour au réseau", "Back to the network"));
    await w.at("/");
    await w.signOut();
  });
  return id;
}

async function operates(w, { name, password }) {
  await w.step("an operator decides, and sees no accounts", async () => {
    await w.signIn(name, password);
    await w.go("/a-decider/conflits");
    await w.byKeyboard(w.button(w.say("Garder", "Keep")));
    await w.sees(w.say("La valeur en place est gardée", "The value in place is kept"));
    await w.go("/systeme");
    await w.missing(w.say("Comptes", "Accounts"));
    await w.go("/compte");
    await w.look("compte");
    await w.signOut();
  });
}

async function logged(w, id) {
  await w.step("the log tells who saw which card", async () => {
    await w.signIn(process.env.NAME, process.env.PASSWORD);
    await w.go("/systeme/journal");
    await w.look("journal");
    await w.fill(w.say("Compte", "Account"), reader.name);
    await w.byKeyboard(w.button(w.say("Montrer", "Show")));
    await w.page.waitForURL(/compte=lise/);
    await w.sees(w.say("Consultation d’une carte", "Card seen"), w.page.getByRole("row").filter({ hasText: `carte ${id}` }).first());
    await w.look("journal-lise");
    const file = await w.download(w.link("CSV"));
    if (!file.text.includes(`view-card`) || !file.text.includes(`carte ${id}`)) w.fault("the file does not tell who saw the card:", file.text);
    if (file.text.includes("omar")) w.fault("the file tells of another account than the one asked for");
  });
}

async function left(w) {
  await w.step("who has signed out sees nothing by going back", async () => {
    await w.go("/fiches");
    await w.fill(w.say("Numéro de carte", "Card number"), "A1");
    await w.press(w.say("Chercher", "Search"));
    await w.page.locator("tbody th a").click();
    await w.sees("0475222222");
    await w.byKeyboard(w.button(w.say("Se déconnecter", "Sign out"), w.page.locator("header")));
    await w.at("/connexion");
    await w.page.goBack();
    await w.at("/connexion");
    await w.missing("0475222222");
    await w.go("/systeme/journal");
    await w.at("/connexion");
  });
}
