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
        "观城 新田 樟坑径 鹭湖 润城 松元厦 樟溪 大和 新源",
        "Guancheng Xintian Zhangkengjing Luhu Runcheng Songyuanxia Zhangxi Dahe Xinyuan",
    ),
    "440309002": (
        "民治 上芬 龙塘 民乐 民新 新牛 北站 民强 大岭 樟坑 白石龙 民泰",
        "Minzhi Shangfen Longtang Minle Minxin Xinniu Beizhan Minqiang Daling Zhangkeng Baishilong Mintai",
    ),
    "440309003": (
        "景龙 龙园 清湖 三联 油松 华联 松和 富康 玉翠 清华",
        "Jinglong Longyuan Qinghu Sanlian Yousong Hualian Songhe Fukang Yucui Qinghua",
    ),
    "440309004": (
        "大浪 高峰 龙胜 同胜 浪口 新石 龙平 陶元",
        "Dalang Gaofeng Longsheng Tongsheng Langkou Xinshi Longping Taoyuan",
    ),
    "440309005": (
        "大水坑 茜坑 章阁 福民 桔塘 丹湖 新和 四和",
        "Dashuikeng Xikeng Zhangge Fumin Jutang Danhu Xinhe Sihe",
    ),
    "440309006": (
        "桂花 君子布 库坑 牛湖 大富 广培 新澜 桂香 大水田 黎光",
        "Guihua Junzibu Kukeng Niuhu Dafu Guangpei Xinlan Guixiang Dashuitian Liguang",
    ),
}
"""Street to names of its communities, in Chinese and in pinyin."""

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
