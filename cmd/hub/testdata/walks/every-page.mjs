// Every page there is, each looked at once; and that of the network changes by itself, told by the hub: sooner than the half
// minute after which a page looks again anyway.
export default async function everyPage(w) {
  await w.signIn(process.env.NAME, process.env.PASSWORD);
  for (const path of (await w.ask("paths")).split(" ")) {
    await w.step("looking at " + path, async () => {
      await w.go(path);
      await w.look(path === "/" ? "reseau" : path.slice(1).replaceAll("/", "-").replace(/^fiches-.*/, "fiche"));
    });
  }
  await w.step("the network changes while it is looked at", async () => {
    await w.go("/");
    await w.page.locator("#reseau").waitFor();
    await w.staying(async () => {
      await w.ask("add-library");
      await w.page.locator("#ligne-nouvelle").waitFor({ timeout: 20_000 });
      await w.sees(w.say("En préparation", "In preparation"), w.page.locator("#ligne-nouvelle"));
    });
  });
}
