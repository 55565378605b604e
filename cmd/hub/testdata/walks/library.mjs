// A library's end of the wire: what its system sends to the hub and fetches from it.
export class Library {
  constructor(hub, code, key = "cle-de-test-de-" + code) {
    Object.assign(this, { hub, code, key });
  }

  async #call(path, options = {}) {
    const authorization = "Basic " + Buffer.from(`${this.code}:${this.key}`).toString("base64");
    const answer = await fetch(this.hub + path, { ...options, headers: { authorization, "content-type": "application/xml" } });
    return { status: answer.status, text: await answer.text() };
  }

  // sends gives a document of cards; anything but the status wanted is a fault of the hub.
  async sends(cards, { status = 200, simulation = false } = {}) {
    return this.sendsDocument(documentOf(this.code, cards), { status, simulation });
  }

  async sendsDocument(document, { status = 200, simulation = false } = {}) {
    const answer = await this.#call("/cartes" + (simulation ? "?simulation=1" : ""), { method: "POST", body: document });
    if (answer.status !== status) throw new Error(`${this.code} is answered ${answer.status}: ${answer.text}`);
    return answer.text;
  }

  // fetches harvests the library's set to its end, and gives all of it.
  async fetches() {
    let all = "", query = "metadataPrefix=carte";
    while (query) {
      const { status, text } = await this.#call(`/oai?verb=ListRecords&${query}`);
      if (status !== 200) throw new Error(`${this.code} is answered ${status}: ${text}`);
      all += text;
      const token = /<resumptionToken[^>]*>([^<]+)</.exec(text)?.[1];
      query = token && "resumptionToken=" + encodeURIComponent(token);
    }
    return all;
  }
}

export function documentOf(establishment, cards) {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<cartes xmlns="urn:carte-reseau:1" etablissement="${establishment}">\n${cards.join("\n")}\n</cartes>\n`;
}

// card is one card as a library writes it: of fields only those given.
export function card({ number, name = "Dupont", first, birth, street, town, postcode = "26100", phone, from = "2024-09-03", end = "2099-09-09" }) {
  const element = (tag, value) => (value === undefined ? "" : `<${tag}>${value}</${tag}>`);
  const address = street === undefined && town === undefined ? "" : `<adresse>${element("ligne", street)}${element("code-postal", postcode)}${element("commune", town)}</adresse>`;
  return `<carte><numero>${number}</numero><nom>${name}</nom>${element("prenom", first)}${element("date-naissance", birth)}${address}${element("telephone", phone)}` +
    `<inscription><premiere>${from}</premiere><fin>${end}</fin></inscription></carte>`;
}
