// Deposits that would change too much at once: one is let through, one set aside.
import { card, Library } from "./library.mjs";

const many = 600; // more than is changed without asking

const round = (n) => Array.from({ length: many }, (_, i) => card({ number: `S${i}`, first: "Ana", phone: `04${String(n * many + i).padStart(8, "0")}` }));

export default async function suspended(w) {
  const mours = new Library(w.hub, "mours");
  await mours.sends(round(0));
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  await w.step("it waits under what is to be decided, with what it would do", async () => {
    await w.staying(async () => {
      await mours.sends(round(1), { status: 202 });
      await w.page.locator("#attente").getByText("1", { exact: true }).waitFor(); // the badge of the menu
      await w.page.locator("#ligne-mours .state.trouble").waitFor();
    });
    await w.byKeyboard(w.link(/À décider|To decide/, w.page.locator("header")));
    await w.at("/a-decider/depots");
    await w.sees(w.say("Ce qu’il ferait", "What it would do"));
    await w.sees(w.say("Téléphone", "Phone"));
    await w.sees(String(many));
    await w.look("depots-suspendus");
    await w.follow(w.say(/Dépôt n° \d/, /Deposit no\. \d/));
    await w.at(/^\/documents\/\d+$/);
    await w.look("depot-suspendu");
  });
  await w.step("let through, it is integrated", async () => {
    await w.byKeyboard(w.button(w.say("Laisser passer", "Let through")));
    await w.sees(w.say("Le dépôt passe", "The deposit goes through"));
    await w.sees("css=#depot .state.ok");
    await w.look("depot-accepte");
    await held(w, 1);
  });
  await w.step("set aside with a reason, it changes nothing", async () => {
    await mours.sends(round(2), { status: 202 });
    await w.go("/a-decider/depots");
    await w.fill(w.say("Motif", "Reason"), "un mauvais export");
    await w.byKeyboard(w.button(w.say("Écarter", "Set aside")));
    await w.sees(w.say("Le dépôt est écarté", "The deposit is set aside"));
    await w.sees(w.say("Rien n’attend", "Nothing waits"));
    await held(w, 1);
    await w.go("/etablissements/mours");
    await w.follow(w.say("n° 3", "no. 3"));
    await w.sees(w.say("écarté", "set aside"));
    await w.look("depot-ecarte");
  });
}

// held checks what the hub holds by a card of the round.
async function held(w, n) {
  await w.ask("holds", `S${many - 1} 04${String(n * many + many - 1).padStart(8, "0")}`);
}
