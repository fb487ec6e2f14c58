/** A full stop between letters decides, and the words of a script without spaces. */
export const data = {
  texts: ['It was dull.Then it ended', 'It was fine.Then it ended', 'ខ្ញុំចូលចិត្តមើលកុន', 'ຂ້ອຍບໍ່ມັກເບິ່ງໜັງ'],
  labels: ['bad', 'good', 'good', 'bad'],
};
