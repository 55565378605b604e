package exchange

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/xmlstream"
)

// The codes of a document that fails as a whole.
const (
	CodeEmpty         = xmlstream.CodeEmpty
	CodeTruncated     = xmlstream.CodeTruncated
	CodeMalformed     = xmlstream.CodeMalformed
	CodeCharacter     = xmlstream.CodeCharacter
	CodeEncoding      = xmlstream.CodeEncoding
	CodeDoctype       = xmlstream.CodeDoctype
	CodePrefix        = xmlstream.CodePrefix
	CodeDepth         = xmlstream.CodeDepth
	CodeSize          = xmlstream.CodeSize
	CodeNamespace     = "espace-de-noms"
	CodeEnvelope      = "enveloppe"
	CodeEstablishment = "etablissement"
	CodeContentType   = "type-de-contenu"
	CodeTooLarge      = "trop-grand"
	CodeUnauthorized  = "non-autorise"
	CodeForbidden     = "interdit"
	CodeTooMany       = "trop-de-tentatives"
	CodeNotFound      = "introuvable"
	CodeRequest       = "requete"
	CodeDeclined      = "ecarte"
	CodeUnavailable   = "indisponible"
	CodeInternal      = "interne"
)

// The codes of a card that is rejected.
const (
	CodeUnknownElement   = "element-inconnu"
	CodeUnknownAttribute = "attribut-inconnu"
	CodeStrayText        = "texte"
	CodeOrder            = "ordre"
	CodeRepeated         = "element-repete"
	CodeRequired         = "obligatoire"
	CodeNumber           = "numero"
	CodeDuplicate        = "numero-double"
	CodeErased           = cards.FaultErased
	CodeLength           = "longueur"
	CodeValue            = "valeur"
	CodeDate             = "date"
	CodeDates            = "dates"
	CodeEmail            = "courriel"
	CodeGuardian         = "responsable"
	CodeOtherPerson      = cards.FaultOtherPerson
)

// CodeInfo explains one code to those who build an ILS.
type CodeInfo struct {
	Code     string
	Document bool   // it concerns the whole document and stands directly below rapport
	Meaning  string // in French
}

// Codes is the closed list of the codes of erreur, in the order of the schema and of the documentation.
var Codes = []CodeInfo{
	{CodeEmpty, true, "Le document est vide : aucun octet, ou aucun élément."},
	{CodeTruncated, true, "Le document s’arrête avant sa fin ; renvoyez-le en entier."},
	{CodeMalformed, true, "Le document n’est pas du XML bien formé."},
	{CodeCharacter, true, "Le document contient un caractère que XML interdit (octet nul, caractère de contrôle)."},
	{CodeEncoding, true, "L’encodage n’est pas accepté, ou les octets ne sont pas dans l’encodage annoncé."},
	{CodeDoctype, true, "Le document contient un DOCTYPE, toujours refusé."},
	{CodePrefix, true, "Un préfixe n’est pas déclaré, ou une déclaration d’espace de noms est interdite."},
	{CodeDepth, true, "Trop d’éléments sont imbriqués les uns dans les autres."},
	{CodeSize, true, "Un nom, un attribut ou une balise est démesuré, ou trop d’espaces de noms sont déclarés à la fois."},
	{CodeNamespace, true, "L’élément racine n’est pas dans l’espace de noms urn:carte-reseau:1."},
	{CodeEnvelope, true, "L’enveloppe n’est pas celle attendue : élément racine, attributs, ou texte entre les cartes."},
	{CodeEstablishment, true, "L’établissement manque, ou ce n’est pas celui qui s’est identifié."},
	{CodeContentType, true, "Le type de contenu annoncé n’est pas du XML."},
	{CodeTooLarge, true, "Le document dépasse la taille permise ; envoyez-le en plusieurs fois."},
	{CodeUnauthorized, true, "L’identification manque, ou le code ou la clé est faux."},
	{CodeForbidden, true, "Vous êtes identifié, mais ceci ne vous est pas ouvert."},
	{CodeTooMany, true, "Trop d’identifications ont échoué ; attendez avant de réessayer."},
	{CodeNotFound, true, "Ce qui est demandé n’existe pas."},
	{CodeRequest, true, "La demande elle-même est mal faite : adresse, méthode ou paramètre."},
	{CodeDeclined, true, "Le document, suspendu, a été écarté par l’équipe du réseau."},
	{CodeUnavailable, true, "Le concentrateur ne peut pas répondre maintenant ; réessayez plus tard."},
	{CodeInternal, true, "Une erreur du concentrateur lui-même, notée dans son journal ; prévenez l’administrateur si elle dure."},
	{CodeUnknownElement, false, "Un élément n’est pas du format, ou pas à cette place."},
	{CodeUnknownAttribute, false, "Un attribut n’est pas du format."},
	{CodeStrayText, false, "Du texte se trouve là où seuls des éléments sont permis."},
	{CodeOrder, false, "Un élément n’est pas à sa place dans l’ordre du format."},
	{CodeRepeated, false, "Un élément est donné plus de fois que le format ne le permet."},
	{CodeRequired, false, "Un élément obligatoire manque ou est vide."},
	{CodeNumber, false, "Le numéro n’a pas la forme permise : 1 à 32 caractères parmi A-Z, a-z, 0-9, « . », « _ » et « - »."},
	{CodeDuplicate, false, "Une carte précédente du même document a déjà ce numéro."},
	{CodeErased, false, "La carte de ce numéro a été effacée du réseau à la demande de son titulaire."},
	{CodeLength, false, "Une valeur est plus longue que permis."},
	{CodeValue, false, "Une valeur n’est pas de celles permises."},
	{CodeDate, false, "Une date est mal écrite, n’existe pas ou est invraisemblable."},
	{CodeDates, false, "Les dates de l’inscription ne se suivent pas : premiere, reinscription, fin."},
	{CodeEmail, false, "L’adresse de courriel n’est pas vraisemblable."},
	{CodeGuardian, false, "Un responsable légal n’est pas identifiable : il faut un numéro, ou un nom et un prénom."},
	{CodeOtherPerson, false, "Le numéro est déjà celui d’une autre personne."},
}
