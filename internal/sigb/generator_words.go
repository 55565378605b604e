package sigb

// The words readers are made of. Accents, ligatures, apostrophes of both kinds, hyphens and particles are what old
// systems stumble over. Nobody is meant: telephone numbers and mail domains are those nobody has.

type firstName struct {
	text string
	sex  string
}

var firstNames = []firstName{
	{"Hélène", "F"}, {"Zoé", "F"}, {"Anne-Lise", "F"}, {"Maëlle", "F"}, {"Inès", "F"}, {"Chloé", "F"}, {"Françoise", "F"},
	{"Marie-Noëlle", "F"}, {"Agnès", "F"}, {"Joséphine", "F"}, {"Fatoumata", "F"}, {"Lætitia", "F"}, {"Camille", "F"},
	{"Loïc", "M"}, {"François", "M"}, {"Jean-Noël", "M"}, {"Gaëtan", "M"}, {"André", "M"}, {"Benoît", "M"}, {"Rémi", "M"},
	{"Mickaël", "M"}, {"Étienne", "M"}, {"Jérôme", "M"}, {"Hugo", "M"}, {"Youssef", "M"}, {"Côme", "M"}, {"Sacha", "M"},
}

var lastNames = []string{
	"Dupré", "Lebœuf", "D'Haussy", "L’Hermitte", "Le Goff", "N'Diaye", "Saint-Prix", "Béranger", "Chaléat", "Ageron",
	"Garçon", "Müller", "Nuñez", "De La Roche", "Poncet", "Châtain", "Vallée", "Ésparon", "Ferlay", "Faïsse", "Robin",
	"Bonnet-Ravit", "Ollat", "Cœuret", "Savoye", "Giraud", "Îlien", "Noyaret", "Ürgen", "Lacroix-Pélissier", "Argoud",
}

var streets = []string{
	"rue des Lilas", "avenue Gambetta", "chemin de l'Écluse", "impasse du Bœuf", "place de l’Église", "rue Félix-Faure",
	"boulevard Rémy-Roure", "rue du Pêcher", "avenue du Maréchal-Foch", "chemin des Bœufs", "rue de l'Armée-d'Afrique",
	"montée du Château", "rue Sœur-Marguerite", "allée des Mûriers", "place Maurice-Faure", "rue de la République",
	"boulevard Gabriel-Péri", "quai Sainte-Claire", "rue Jacquemart", "côte des Cordeliers",
}

var extraLines = []string{"Bât. B, esc. 2", "Résidence Les Chênes", "Lieu-dit Les Méannes", "Appt 14", "chez Mme Rey"}

type town struct {
	postcode string
	name     string
}

var towns = []town{
	{"26100", "Romans-sur-Isère"}, {"26540", "Mours-Saint-Eusèbe"}, {"26750", "Génissieux"}, {"26380", "Peyrins"},
	{"26750", "Saint-Paul-lès-Romans"}, {"26600", "Granges-les-Beaumont"}, {"26350", "Montrigaud"},
	{"26300", "Bourg-de-Péage"}, {"26750", "Châtillon-Saint-Jean"}, {"26750", "Triors"}, {"26750", "Parnans"},
	{"26260", "Clérieux"}, {"26750", "Geyssans"}, {"26350", "Crépol"}, {"26750", "Saint-Michel-sur-Savasse"},
}

var categories = []string{"Adulte", "Jeune", "Étudiant", "Collectivité"}
