/**
 * Names for the seed: people of many places, and the teams of a company. A table; nothing in it is real data.
 */

const list = (text: string): readonly string[] => text.split(',').map((name) => name.trim());

export const GIVEN_NAMES: readonly string[] = list(`
  Amara, Björn, Camila, Daniel, Eleni, Farid, Grace, Hiroshi, Ines, Jakub, Khadija, Liam, Mei,
  Nikolai, Olivia, Priya, Quentin, Rosa, Søren, Tariq, Uma, Valentina, Wei, Ximena, Yusuf, Zofia,
  Aisha, Benjamin, Chloé, Dmitri, Emeka, Fatima, Giulia, Hannah, Ibrahim, Jana, Kenji, Lucía, Mateo,
  Noor, Oscar, Paulo, Rahul, Sofia, Thandiwe, Ulrika, Viktor, Wanjiru, Yara, Zeynep, Anders, Beatriz,
  Callum, Deepika, Esther, Felix, Gabriela, Hassan, Ingrid, João, Katarzyna, Leila, Marcus, Nadia,
  Olumide, Petra, Ravi, Saoirse, Tomás, Veronika, William, Xin, Yael, Zhen, Adaeze, Bruno, Carmen,
  Dilnoza, Erik, Freya, Gustavo, Helena, Ivan, Jasmine, Kofi, Lars, Maria, Linh, Omar, Paola,
  Rafael, Sanne, Takumi, Valeria, Yuki, Zara, Arjun, Brigid, Chidi, Élodie
`);

export const FAMILY_NAMES: readonly string[] = list(`
  Okafor, Lindström, Torres, Meyer, Papadopoulos, Rahimi, Thompson, Tanaka, Carvalho, Nowak, Diallo,
  Murphy, Chen, Volkov, Brown, Sharma, Lefèvre, Delgado, Nielsen, Mahmood, Iyer, Rossi, Zhang,
  Herrera, Demir, Wójcik, Bello, Cohen, Moreau, Petrov, Eze, Haddad, Ricci, Schmidt, Farouk, Novák,
  Sato, Fernández, García, Aziz, Larsen, Silva, Gupta, Kovács, Dlamini, Bergström, Ivanov, Kamau,
  Khoury, Yılmaz, Jørgensen, Almeida, MacLeod, Nair, Mensah, Wagner, Vargas, Hussein, Hansen, Santos,
  Kowalski, Tehrani, Johnson, Popescu, Adeyemi, Horvat, Menon, O'Connor, Ruiz, Dvořák, Clarke, Wang,
  Levi, Liu, Obi, Costa, Ortega, Karimov, Johansson, Baker, Ramos, Fischer, Marković, Campbell,
  Asante, Eriksson, Souza, Tran, Saleh, Conti, Pereira, Visser, Yamamoto, Romano, Kobayashi, Ali,
  Reddy, Byrne, Nwosu, Dubois, Martin, Suzuki, Kim, Park, Walker, Bianchi, Keller, Ozturk, Sørensen,
  Jansen, Castillo, Mbeki, Fraser, Rao, Weber, Fontaine, Abebe, Nakamura, Björklund, Quispe
`);

export const TEAMS: readonly string[] = list(`
  Finance, Growth Analytics, Data Platform, Executive Dashboards, Sales Operations, Customer Success,
  Product Analytics, Marketing, Revenue Operations, People Analytics, Supply Chain, Risk and
  Compliance, Data Science, Support Engineering, Business Intelligence, Partnerships, Pricing,
  Procurement, Legal, Engineering, Design Research, Logistics, Treasury, Internal Audit, Security,
  Field Marketing, Payments, Fraud Analytics, Experimentation, Mobile, Content, Accounts Payable,
  Forecasting, Quality, Facilities
`);

export const REGIONS: readonly string[] = list(`
  EMEA, Americas, APAC, Nordics, DACH, Iberia, LATAM, UKI, India, Japan
`);
