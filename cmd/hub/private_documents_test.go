package main

import (
	"fmt"
	"strings"
)

// private stands in every name, number, address and word of the readers of these tests, and nowhere else; born is their
// birth date, which can hold no letters.
const (
	private = "zqxv"
	born    = "1931-07-29"
)

// privateCard is a good card in all of whose fields it stands.
func privateCard(n int) string {
	return fmt.Sprintf(`<carte><numero>ZQXV%05d</numero><ancien-numero>ZQXVA%05[1]d</ancien-numero><civilite>MME</civilite>`+
		`<nom>Zqxvnom</nom><nom-naissance>Zqxvnee</nom-naissance><prenom>Zqxvprenom</prenom><date-naissance>%s</date-naissance>`+
		`<adresse><ligne>%[1]d rue Zqxv</ligne><code-postal>ZQXV</code-postal><commune>Zqxville</commune></adresse>`+
		`<telephone>04 zqxv %02[1]d</telephone><portable>06 zqxv</portable><courriel>zqxv%[1]d@exemple.fr</courriel>`+
		`<responsable-legal><nom>Zqxvmere</nom><prenom>Zqxv</prenom><lien>mere</lien></responsable-legal>`+
		`<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription></carte>`, n, born)
}

// privateMisfits are cards of which each field says something wrong, with the word in it.
func privateMisfits() []string {
	good := privateCard(99)
	replace := func(old, with string) string { return strings.Replace(good, old, with, 1) }
	return []string{
		replace("ZQXV00099<", "Zqxv nom<"), replace("ZQXVA00099", "zqxv zqxv"), replace("MME", "Zqxv"), replace(">"+born, ">zqxv"), replace(born, born+"zqxv"),
		replace("<nom>Zqxvnom", "<nom>"+strings.Repeat("zqxv", 40)), replace("mere</lien>", "zqxv</lien>"), replace("zqxv99@exemple.fr", "zqxv zqxv"),
		replace("2024-09-03", "zqxv"), replace("<nom>Zqxvmere</nom>", ""), replace("<civilite>", "<zqxv>zqxv</zqxv><civilite>"),
		replace("<nom>", `<nom zqxv="zqxv">`), replace("<nom>", "zqxv<nom>"), replace("<nom>", `<nom xmlns="urn:zqxv">`), replace("<adresse>", "<adresse><pays>zqxv</pays>"),
		replace("<inscription>", "<inscription><etablissement>Zqxv</etablissement>"), `<zqxv numero="zqxv"/>`, "zqxv",
	}
}

// privateDocuments are documents of a library that say something wrong as a whole, good cards, and misfits.
func privateDocuments(code string) []string {
	head := `<cartes xmlns="urn:carte-reseau:1" etablissement="` + code + `">`
	good := head + privateCard(1) + privateCard(2)
	list := []string{
		good + "</cartes>", good, good[:len(good)-40], "zqxv;Zqxvnom;" + born, "<zqxv>" + privateCard(1) + "</zqxv>", good + "<zqxv></cartes>",
		good + "&zqxv;</cartes>", good + "<zqxv:carte/></cartes>", good + "\x00zqxv</cartes>", good + "\xff\xfezqxv</cartes>", good + "</cartes>zqxv",
		`<!DOCTYPE zqxv [<!ENTITY zqxv "Zqxvnom">]>` + good + "</cartes>", `<?xml version="1.0" encoding="zqxv"?>` + good + "</cartes>",
		strings.Replace(good, "urn:carte-reseau:1", "urn:zqxv", 1) + "</cartes>", strings.Replace(good, code, "zqxv-lagneau", 1) + "</cartes>",
		strings.Replace(good, code, "Zqxv Lagneau", 1) + "</cartes>", good + privateCard(1) + "</cartes>",
	}
	for _, attribute := range []string{`mode="zqxv"`, `genere-le="zqxv"`, `zqxv="zqxv"`, `genere-le="2026-11-21T09:30:00" zqxv:a="1"`} {
		list = append(list, strings.Replace(good, ">", " "+attribute+">", 1)+"</cartes>")
	}
	for _, misfit := range privateMisfits() {
		list = append(list, head+privateCard(3)+misfit+"</cartes>")
	}
	return list
}
