"""Real names of streets and communities (national statistical codes), invented names of sites."""

STREETS = {
    "440309001": ("观湖街道", "Guanhu Subdistrict"),
    "440309002": ("民治街道", "Minzhi Subdistrict"),
    "440309003": ("龙华街道", "Longhua Subdistrict"),
    "440309004": ("大浪街道", "Dalang Subdistrict"),
    "440309005": ("福城街道", "Fucheng Subdistrict"),
    "440309006": ("观澜街道", "Guanlan Subdistrict"),
}

COMMUNITIES = {
    "440309001": (
        ("观城", "Guancheng"), ("新田", "Xintian"), ("樟坑径", "Zhangkengjing"), ("鹭湖", "Luhu"), ("润城", "Runcheng"),
        ("松元厦", "Songyuanxia"), ("樟溪", "Zhangxi"), ("大和", "Dahe"), ("新源", "Xinyuan"),
    ),
    "440309002": (
        ("民治", "Minzhi"), ("上芬", "Shangfen"), ("龙塘", "Longtang"), ("民乐", "Minle"), ("民新", "Minxin"),
        ("新牛", "Xinniu"), ("北站", "Beizhan"), ("民强", "Minqiang"), ("大岭", "Daling"), ("樟坑", "Zhangkeng"),
        ("白石龙", "Baishilong"), ("民泰", "Mintai"),
    ),
    "440309003": (
        ("景龙", "Jinglong"), ("龙园", "Longyuan"), ("清湖", "Qinghu"), ("三联", "Sanlian"), ("油松", "Yousong"),
        ("华联", "Hualian"), ("松和", "Songhe"), ("富康", "Fukang"), ("玉翠", "Yucui"), ("清华", "Qinghua"),
    ),
    "440309004": (
        ("大浪", "Dalang"), ("高峰", "Gaofeng"), ("龙胜", "Longsheng"), ("同胜", "Tongsheng"), ("浪口", "Langkou"),
        ("新石", "Xinshi"), ("龙平", "Longping"), ("陶元", "Taoyuan"),
    ),
    "440309005": (
        ("大水坑", "Dashuikeng"), ("茜坑", "Xikeng"), ("章阁", "Zhangge"), ("福民", "Fumin"), ("桔塘", "Jutang"),
        ("丹湖", "Danhu"), ("新和", "Xinhe"), ("四和", "Sihe"),
    ),
    "440309006": (
        ("桂花", "Guihua"), ("君子布", "Junzibu"), ("库坑", "Kukeng"), ("牛湖", "Niuhu"), ("大富", "Dafu"),
        ("广培", "Guangpei"), ("新澜", "Xinlan"), ("桂香", "Guixiang"), ("大水田", "Dashuitian"), ("黎光", "Liguang"),
    ),
}  # fmt: skip
"""Real names; as no official code of a community was at hand, its code is the street's and the name."""

PRETTY = [
    ("青禾", "Qinghe"), ("向阳", "Xiangyang"), ("木棉", "Mumian"), ("静安", "Jing'an"), ("晚晴", "Wanqing"),
    ("听泉", "Tingquan"), ("榕荫", "Rongyin"), ("鹿鸣", "Luming"), ("松鹤", "Songhe"), ("康宁", "Kangning"),
    ("桂馨", "Guixin"), ("云栖", "Yunqi"), ("兰亭", "Lanting"), ("清和", "Qinghe Garden"), ("竹溪", "Zhuxi"),
    ("梅园", "Meiyuan"), ("荷塘", "Hetang"), ("和顺", "Heshun"), ("春晖", "Chunhui"), ("秋实", "Qiushi"),
    ("明德", "Mingde"), ("瑞景", "Ruijing"), ("慈佑", "Ciyou"), ("乐康", "Lekang"), ("永安", "Yong'an"),
    ("福满", "Fuman"), ("金秋", "Jinqiu"), ("夕照", "Xizhao"), ("晨曦", "Chenxi"), ("紫藤", "Ziteng"),
    ("芳草", "Fangcao"), ("翠湖", "Cuihu"), ("明月", "Mingyue"), ("雅居", "Yaju"), ("仁爱", "Ren'ai"),
    ("百合", "Baihe"), ("枫林", "Fenglin"), ("茉莉", "Moli"), ("石榴", "Shiliu"), ("丹枫", "Danfeng"),
    ("碧桃", "Bitao"), ("长乐", "Changle"), ("南风", "Nanfeng"), ("望山", "Wangshan"), ("白鹭", "Bailu"),
    ("朝阳", "Chaoyang"), ("银杏", "Yinxing"), ("海棠", "Haitang"), ("知足", "Zhizu"), ("安然", "Anran"),
    ("怡心", "Yixin"), ("同乐", "Tongle"), ("暖阳", "Nuanyang"), ("清风", "Qingfeng"), ("流芳", "Liufang"),
    ("龙眼", "Longyan"), ("荔枝", "Lizhi"), ("水仙", "Shuixian"), ("玉兰", "Yulan"), ("小满", "Xiaoman"),
]  # fmt: skip

KIND_NAME = {
    "INST": ("颐养院", "Nursing Home"),
    "STC": ("街道长者服务中心", "Elder Service Centre"),
    "CST": ("社区长者服务站", "Elder Station"),
    "NSP": ("小区长者服务点", "Service Point"),
    "DCC": ("日间照料中心", "Day-care Centre"),
    "MEAL": ("长者饭堂", "Elder Canteen"),
    "MPT": ("助餐点", "Meal Point"),
    "HCO": ("居家养老服务机构", "Home-care Provider"),
    "HUB": ("区养老呼叫中心", "District Call Centre"),
}
